package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/server"
)

// shape is how a load is spread, and whether that is HTTP/1.1.
type shape struct {
	connections, streams int
	one                  bool
}

func (s shape) String() string {
	if s.one {
		return fmt.Sprintf("%d, HTTP/1.1", s.connections)
	}
	return fmt.Sprintf("%d × %d", s.connections, s.streams)
}

// shapes are many requests on few connections, and one on each of many.
var shapes = []shape{{connections: 10, streams: 10}, {connections: 50, streams: 1}, {connections: 50, streams: 1, one: true}}

// measureStreams measures HTTP/2 and HTTP/1.1 over TLS beside HAProxy, by h2load.
func measureStreams() error {
	headline()
	back, err := startBackend()
	if err != nil {
		return err
	}
	defer back.stop()
	starts := []func(string) (*proxy, error){startSecureHAProxy, func(backend string) (*proxy, error) {
		return startDragoman("dragoman", "secure "+backend)
	}}
	for _, s := range shapes {
		all := map[string][]figures{}
		var names []string
		for round := range *rounds {
			for turn := range starts {
				p, err := starts[(turn+round)%len(starts)](back.address)
				if err != nil {
					return err
				}
				if p == nil {
					continue
				}
				got, err := p.fullStreams(s)
				p.stop()
				if err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
				fmt.Printf("round %d  %-12v %-12s %8.0f req/s  %6.1f µs CPU/req  %5.1f MB  h2load %.1f µs/req  load %s\n", round+1,
					s, p.name, got.rate, got.cpu, float64(got.memory)/1e6, got.own, measured.LoadAverage())
				if all[p.name] == nil {
					names = append(names, p.name)
				}
				all[p.name] = append(all[p.name], got)
			}
		}
		summary(names, all)
		ratios(names, all)
	}
	return nil
}

var h2Done = regexp.MustCompile(`(\d+) succeeded, (\d+) failed[\s\S]*status codes: (\d+) 2xx`)

// fullStreams loads the proxy with h2load for as long as a figure takes.
func (p *proxy) fullStreams(s shape) (f figures, err error) {
	args := []string{"-t1", fmt.Sprintf("-c%d", s.connections), fmt.Sprintf("-m%d", s.streams), "-D", strconv.Itoa(*seconds)}
	if s.one {
		args = append(args, "--h1")
	}
	if p.host != "" {
		args = append(args, "-H", ":authority: "+p.host)
	}
	cmd := exec.Command("h2load", append(args, p.url)...)
	before := p.cpu()
	text, err := cmd.CombinedOutput()
	if err != nil {
		return f, fmt.Errorf("h2load: %w: %s", err, text)
	}
	found := h2Done.FindSubmatch(text)
	if found == nil || string(found[2]) != "0" {
		return f, fmt.Errorf("h2load did not succeed:\n%s", text)
	}
	n, _ := strconv.ParseFloat(string(found[1]), 64)
	if good, _ := strconv.ParseFloat(string(found[3]), 64); n == 0 || good < n {
		return f, fmt.Errorf("answers were errors:\n%s", text)
	}
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return figures{rate: n / float64(*seconds), cpu: float64((p.cpu() - before).Microseconds()) / n, memory: p.resident(), own: float64(used.Microseconds()) / n}, nil
}

// trusting asks proxies whether they are ready: their certificates are made for the moment.
var trusting = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}

func startSecureHAProxy(backend string) (*proxy, error) {
	dir, err := os.MkdirTemp("", "bench-tls-")
	if err != nil {
		return nil, err
	}
	cert, key, err := certify(dir)
	if err != nil {
		return nil, err
	}
	var both []byte
	for _, file := range []string{cert, key} {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		both = append(both, text...)
	}
	if err := os.WriteFile(filepath.Join(dir, "both.pem"), both, 0o600); err != nil {
		return nil, err
	}
	p, err := startHAProxyOn(backend, " ssl crt "+filepath.Join(dir, "both.pem")+" alpn h2,http/1.1", "https")
	if p == nil || err != nil {
		_ = os.RemoveAll(dir)
		return p, err
	}
	stop := p.stop
	p.stop = func() { stop(); _ = os.RemoveAll(dir) }
	return p, nil
}

// secure gives a gateway a listener with TLS.
func secure(config *server.Config, dir string) error {
	cert, key, err := certify(dir)
	config.Domains.Listen, config.Domains.Certificates = "127.0.0.1:0", map[string]string{"*": cert + "," + key}
	return err
}

// certify makes files of a certificate that is its own authority, and its key.
func certify(dir string) (cert, key string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	if err != nil {
		return "", "", err
	}
	text, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: text}} {
		if err := os.WriteFile(file, []byte(strings.TrimSpace(string(pem.EncodeToMemory(block)))+"\n"), 0o600); err != nil {
			return "", "", err
		}
	}
	return cert, key, nil
}
