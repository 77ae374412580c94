package conformance

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// On one port, https and wss work for whoever was told by `dragoman trust` whom to
// believe, and http and ws as before; nobody else believes the certificate.
func TestDevTLS(t *testing.T) {
	for _, front := range []string{"own", "net/http"} {
		t.Run(strings.ReplaceAll(front, "/", "_"), func(t *testing.T) {
			withoutKeys(t)
			p, err := run(t, binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--data-dir", "", "--dev-tls", "--front", front))
			must(t, err)
			a := mockApi(p.gateway(t), "by $context.domainName")
			text, err := binary(t, "trust", "--print").Output()
			must(t, err)
			roots := x509.NewCertPool()
			if !roots.AppendCertsFromPEM(text) {
				t.Fatalf("trust --print: %s", text)
			}
			own := port(a.DataAddr())
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
			t.Cleanup(client.CloseIdleConnections)
			for _, address := range []string{"ws://127.0.0.1:", "wss://127.0.0.1:", "ws://localhost:", "wss://localhost:"} {
				conn, _, err := websocket.Dial(t.Context(), address+own+a.path(), &websocket.DialOptions{HTTPClient: client})
				must(t, err)
				if got := a.ask(conn, `{"action":"ask"}`); got != "by "+address[strings.Index(address, "//")+2:]+own {
					t.Errorf("%s: got %s", address, got)
				}
				_ = conn.CloseNow()
			}
			file := filepath.Join(t.TempDir(), "authority.pem")
			must(t, os.WriteFile(file, text, 0o600))
			for _, row := range []struct {
				program string
				command func(url string, believing bool) *exec.Cmd
			}{
				{"curl", func(url string, believing bool) *exec.Cmd {
					cmd := exec.Command("curl", "-sS", "-o", os.DevNull, "-w", "%{http_code} ", url)
					if believing {
						cmd.Args = append(cmd.Args, "--cacert", file)
					}
					return cmd
				}},
				{"python3", func(url string, believing bool) *exec.Cmd {
					cmd := exec.Command("python3", "-c", "import sys, urllib.request, urllib.error\ntry:\n    urllib.request.urlopen(sys.argv[1])\nexcept urllib.error.HTTPError as e:\n    print(e.code)", url)
					if believing {
						cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+file)
					}
					return cmd
				}},
				{"node", func(url string, believing bool) *exec.Cmd {
					cmd := exec.Command("node", "-e", "fetch(process.argv[1]).then((r) => console.log(r.status), (e) => { console.error(e.cause); process.exit(1); })", url)
					if believing {
						cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+file)
					}
					return cmd
				}},
			} {
				needs.Program(t, row.program)
				for _, url := range []string{"http://127.0.0.1:", "https://127.0.0.1:", "https://localhost:"} {
					if out, err := row.command(url+own+"/nothing", true).CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "403" {
						t.Errorf("%s %s: %v %s", row.program, url, err, out)
					}
				}
				if out, err := row.command("https://localhost:"+own+"/nothing", false).CombinedOutput(); err == nil {
					t.Errorf("%s believes whom it does not know: %s", row.program, out)
				}
			}
		})
	}
}
