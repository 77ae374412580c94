package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime/pprof"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/client"
)

// untilTold waits for the measuring process to close our standard input.
func untilTold() { _, _ = io.Copy(io.Discard, os.Stdin) }

// serveEcho is the peer: the same library, net/http in front, one goroutine for
// each connection, nothing else.
func serveEcho() {
	address, _, err := measured.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err == nil {
			go echo(conn)
		}
	}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(address, "/")
	untilTold()
}

func echo(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 512)
	var buffer []byte
	for {
		header, err := ws.ReadHeader(r)
		if err != nil || header.OpCode != ws.OpText {
			return
		}
		if int64(cap(buffer)) < header.Length {
			buffer = make([]byte, header.Length)
		}
		buffer = buffer[:header.Length]
		if _, err := io.ReadFull(r, buffer); err != nil {
			return
		}
		ws.Cipher(buffer, header.Mask, 0)
		if err := ws.WriteFrame(conn, ws.NewTextFrame(buffer)); err != nil {
			return
		}
	}
}

// profiled runs f and writes a CPU profile of it, when one is asked for.
func profiled(f func()) {
	if *profile == "" {
		f()
		return
	}
	file, err := os.Create(*profile)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		log.Fatal(err)
	}
	f()
	pprof.StopCPUProfile()
}

const mockReply = `{"connectionId":"$context.connectionId","route":"$context.routeKey","requestId":"$context.requestId"}`

// serveGateway is dragoman with one route that answers from a MOCK integration
// through an integration response.
func serveGateway() {
	s, err := measured.Run(measured.Config(""))
	if err != nil {
		log.Fatal(err)
	}
	id, err := mockApi(context.Background(), "http://"+s.ManagementAddr())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.DataAddr(), "/_aws/execute-api/"+id+"/prod", s.ManagementAddr())
	profiled(untilTold)
	_ = s.Stop()
}

func mockApi(ctx context.Context, endpoint string) (string, error) {
	c := client.New(client.Options{BaseEndpoint: endpoint, Region: "us-east-1"})
	api, err := c.CreateApi(ctx, &client.CreateApiInput{Name: "bench", ProtocolType: "WEBSOCKET", RouteSelectionExpression: client.String("$request.body.action")})
	if err != nil {
		return "", err
	}
	id := api.ApiId
	integration, err := c.CreateIntegration(ctx, &client.CreateIntegrationInput{
		ApiId: id, IntegrationType: "MOCK",
		RequestTemplates: map[string]string{"$default": `{"statusCode":200}`},
	})
	if err != nil {
		return "", err
	}
	if _, err = c.CreateIntegrationResponse(ctx, &client.CreateIntegrationResponseInput{
		ApiId: id, IntegrationId: integration.IntegrationId, IntegrationResponseKey: "$default",
		ResponseTemplates: map[string]string{"$default": mockReply},
	}); err != nil {
		return "", err
	}
	route, err := c.CreateRoute(ctx, &client.CreateRouteInput{ApiId: id, RouteKey: "echo", Target: client.String("integrations/" + integration.IntegrationId)})
	if err != nil {
		return "", err
	}
	if _, err = c.CreateRouteResponse(ctx, &client.CreateRouteResponseInput{ApiId: id, RouteId: route.RouteId, RouteResponseKey: "$default"}); err != nil {
		return "", err
	}
	if err := connecting(ctx, c, id); err != nil {
		return "", err
	}
	if err := backing(ctx, c, id); err != nil {
		return "", err
	}
	if _, err = c.CreateStage(ctx, &client.CreateStageInput{ApiId: id, StageName: "prod"}); err != nil {
		return "", err
	}
	_, err = c.CreateDeployment(ctx, &client.CreateDeploymentInput{ApiId: id, StageName: client.String("prod")})
	return id, err
}

// connecting gives an API a $connect by HTTP, where one is asked for.
func connecting(ctx context.Context, c *client.Client, id string) error {
	if *connect == "" {
		return nil
	}
	made, err := c.CreateIntegration(ctx, &client.CreateIntegrationInput{ApiId: id, IntegrationType: "HTTP_PROXY", IntegrationMethod: client.String("POST"), IntegrationUri: connect})
	if err != nil {
		return err
	}
	_, err = c.CreateRoute(ctx, &client.CreateRouteInput{ApiId: id, RouteKey: "$connect", Target: client.String("integrations/" + made.IntegrationId)})
	return err
}
