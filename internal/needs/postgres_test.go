package needs

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A server of a test that is killed, and cleans nothing up, ends with it.
func TestPostgresEndsWithItsTest(t *testing.T) {
	const child = "DRAGOMAN_TEST_OF_A_DATABASE"
	if os.Getenv(child) != "" {
		println("port " + Postgres(t).Port)
		select {} // until it is killed
	}
	PostgresFolder(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestPostgresEndsWithItsTest$")
	cmd.Env = append(os.Environ(), child+"=1")
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	port, ok := strings.CutPrefix(strings.TrimSpace(line), "port ")
	if err != nil || !ok {
		t.Fatalf("it said %q, %v", line, err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			return
		}
		_ = c.Close()
		if time.Now().After(end) {
			t.Fatal("the server goes on without its test")
		}
	}
}
