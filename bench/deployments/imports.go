package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

// imported is a document under measurement: so many routes, each with an integration of its own.
type imported struct {
	routes    int
	body      string // of ImportApi
	took, cpu []time.Duration
}

func newImported(routes int) *imported {
	var paths strings.Builder
	for i := range routes {
		if i > 0 {
			paths.WriteByte(',')
		}
		fmt.Fprintf(&paths, `"/items%d/{id}":{"get":{"operationId":"get%d","responses":{"default":{"description":"any"}},`+
			`"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"http://127.0.0.1:9/items%d/{id}","payloadFormatVersion":"1.0"}}}`, i, i, i)
	}
	body, err := json.Marshal(map[string]string{"body": `{"openapi":"3.0.1","info":{"title":"imported","version":"1"},"paths":{` + paths.String() + `}}`})
	if err != nil {
		log.Fatal(err)
	}
	return &imported{routes: routes, body: string(body)}
}

// measure imports the document once, and takes the API away again. The processor's time is that of
// the whole process, which besides the gateway has a client that sends one call.
func (m *imported) measure(base string) {
	before, began := measured.CPU(os.Getpid()), time.Now()
	api := call("PUT", base+"/v2/apis", m.body)
	m.took = append(m.took, time.Since(began))
	m.cpu = append(m.cpu, measured.CPU(os.Getpid())-before)
	call("DELETE", base+"/v2/apis/"+api["apiId"].(string), "")
}

// tell prints the rows of all documents.
func tell(documents []*imported) {
	fmt.Println("\n| ImportApi, routes | body, KB | until it is answered, ms | CPU, ms |")
	fmt.Println("|---|---|---|---|")
	for _, m := range documents {
		fmt.Printf("| %d | %d | %s | %s |\n", m.routes, len(m.body)>>10, figures(m.took), figures(m.cpu))
	}
}
