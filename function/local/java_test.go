package local

import (
	"archive/zip"
	"crypto/tls"
	"encoding/binary"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/authority"
	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// machineFlags are those of Java's machine, which TestJavaFlags looks at.
var machineFlags = regexp.MustCompile(`java( -(XX:|D|-add-opens=)\S+)+`)

// Java's machine gets the flags that Lambda gives to it, by the runtime and by the memory of
// the function, save for what its own variable chooses.
func TestJavaFlags(t *testing.T) {
	needs.Program(t, "curl")
	needs.Program(t, "bash")
	pretend(t, "java")
	const serial, first, four = " -XX:+UseSerialGC", " -XX:+TieredCompilation -XX:TieredStopAtLevel=1", " -Djava.net.preferIPv4Stack=true --add-opens=java.base/java.io=ALL-UNNAMED -XX:+ErrorFileToStderr"
	for _, row := range []struct {
		runtime string
		memory  int
		own     string
		want    string
	}{
		{"java17", 512, "", " -XX:MaxHeapSize=445645k" + serial + first + four},
		{"java21", 0, "-Dmy.own=1", " -XX:MaxHeapSize=111411k" + serial + first + four},
		{"java25", 1024, "-XX:+UseParallelGC", " -XX:MaxHeapSize=891290k" + first + four},
		{"java21", 1024, "-XX:+TieredCompilation -XX:TieredStopAtLevel=4", " -XX:MaxHeapSize=891290k" + serial + four},
		{"java17", 1024, "-Xmx64m", serial + first + four},
		{"java11", 256, "", " -XX:MaxHeapSize=222822k" + serial + four},
		{"java8.al2", 1024, "", " -XX:MaxHeapSize=734003k" + serial + four},
	} {
		f := Function{Name: "f", Dir: files(t, "-- lib/"+ric+" --\n"), Handler: "app.Handler", Runtime: row.runtime, Memory: row.memory, Env: map[string]string{"JAVA_TOOL_OPTIONS": row.own}, Timeout: 20 * time.Second}
		got := run(t, Options{}, f).ask("f", "1")
		if want := `"java` + row.want + " -cp "; !strings.HasPrefix(got, want) {
			t.Errorf("%s with %d MB and %q: got %s, want it to begin %s", row.runtime, row.memory, row.own, got, want)
		}
	}
}

// javaArchive is a jar with the client, and with its libraries.
func javaArchive(t *testing.T, path string, more map[string]string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	archive := zip.NewWriter(file)
	more["com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class"] = ""
	for name, text := range more {
		w, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
}

// The client would unpack its library to one place for all processes of this machine, so it
// is told of one that is unpacked already: the one for the machine that runs it.
func TestJavaLibrary(t *testing.T) {
	needs.Program(t, "curl")
	needs.Program(t, "bash")
	if runtime.GOOS != "linux" {
		t.Skip("the client has libraries for Linux alone")
	}
	pretend(t, "java")
	libraries := map[string]string{}
	for _, name := range []string{"linux-x86_64", "linux-aarch_64", "linux_musl-x86_64", "linux_musl-aarch_64"} {
		libraries["jni/libaws-lambda-jni."+name+".so"] = "library for " + name
	}
	one, two, unpacked, old := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	javaArchive(t, filepath.Join(one, "lib", ric), libraries)
	javaArchive(t, filepath.Join(two, "target", "app.jar"), libraries) // with all dependencies
	javaArchive(t, filepath.Join(old, "lib", ric), map[string]string{"aws-lambda-runtime-interface-client.glibc.so": "1.0"})
	write(t, unpacked, "-- com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class --\n")
	for name, text := range libraries {
		write(t, unpacked, "-- "+name+" --\n"+text)
	}
	function := func(name, dir string) Function {
		return Function{Name: name, Dir: dir, Handler: "app.Handler", Runtime: "java21", Timeout: 20 * time.Second}
	}
	g := run(t, Options{}, function("one", one), function("two", two), function("unpacked", unpacked), function("old", old))
	property := regexp.MustCompile(`-Dcom\.amazonaws\.services\.lambda\.runtime\.api\.client\.runtimeapi\.NativeClient\.JNI=(\S+)`)
	path := func(name string) string {
		if m := property.FindStringSubmatch(g.ask(name, "1")); m != nil {
			return m[1]
		}
		return ""
	}
	machine := map[string]string{"amd64": "x86_64", "arm64": "aarch_64"}[runtime.GOARCH]
	first := path("one")
	if text, err := os.ReadFile(first); err != nil || !strings.HasPrefix(string(text), "library for linux") || !strings.HasSuffix(string(text), machine) || !strings.HasPrefix(first, g.folder) {
		t.Errorf("got %q at %q, %v", text, first, err)
	}
	if got := path("two"); got != first {
		t.Errorf("a function with the same client has %q, want %q", got, first)
	}
	if got := path("unpacked"); filepath.Dir(got) != filepath.Join(unpacked, "jni") {
		t.Errorf("of a client that is unpacked: got %q", got)
	}
	if got := path("old"); got != "" {
		t.Errorf("of a client that knows no such property: got %q", got)
	}
}

// What differs between versions of Java is told, as for Node and Python.
func TestJavaOfAnotherVersion(t *testing.T) {
	needs.Program(t, "bash")
	for version, want := range map[string]string{
		`openjdk version "21.0.5" 2024-10-15`: "", `java version "1.8.0_402"`: "java8", "no version": "",
		"Picked up JAVA_TOOL_OPTIONS: -Dx=1\nopenjdk version \"17.0.15\" 2025-04-15": "java17",
	} {
		builder(t, "[ $1 = -version ] || exit 1; cat >&2 <<'END'\n"+version+"\nEND\n", "java")
		f := Function{Name: "f", Dir: files(t, "-- lib/"+ric+" --\n"), Handler: "app.Handler", Runtime: "java21", Timeout: 20 * time.Second}
		got := run(t, Options{}, f).maker.Differing(t.Context(), f.code())
		if want == "" && got != "" || want != "" && (!strings.HasPrefix(got, "f asks for java21, and ") || !strings.Contains(got, "/java is "+want+":")) {
			t.Errorf("%s: got %q, want %s", version, got, want)
		}
	}
}

// Java believes the certificate of the data listener beside whom it believes already, in
// both forms in which it keeps them; where that is not known it stays as it is.
func TestJavaBelievesTheDataListener(t *testing.T) {
	compiler, machine := needs.Program(t, "javac", "-version"), needs.Program(t, "java", "-version")
	own, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `"served"`) }))
	server.Listener = tls.NewListener(server.Listener, own.TLS()) // StartTLS would take a certificate of its own
	server.Config.ErrorLog = log.New(io.Discard, "", 0)           // some handshakes fail on purpose
	server.Start()
	defer server.Close()
	// Its own is a certificate of somebody else, so that what is added is added to something.
	other, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(other.PEM())
	keystore := append([]byte{0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 'a', 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 'X', '.', '5', '0', '9'}, binary.BigEndian.AppendUint32(nil, uint32(len(block.Bytes)))...)
	// What Java cannot read is left out.
	text, key := needs.Certificate(t)
	nameless := filepath.Join(t.TempDir(), "nameless.pem")
	if err := os.WriteFile(nameless, []byte(text+key), 0o600); err != nil {
		t.Fatal(err)
	}
	code := `javax.net.ssl.TrustManagerFactory f = javax.net.ssl.TrustManagerFactory.getInstance("PKIX");
        f.init((java.security.KeyStore) null);
        int believed = ((javax.net.ssl.X509TrustManager) f.getTrustManagers()[0]).getAcceptedIssuers().length;
        String path = event.substring(1, event.length() - 1);
        try (java.io.InputStream in = new java.net.URL(path).openStream()) {
            return "[" + believed + ", " + new String(in.readAllBytes(), "UTF-8") + "]";
        } catch (javax.net.ssl.SSLException e) {
            System.out.println(e); return "\"refused\"";
        }`
	dir := files(t, javaClient+javaHandler(code))
	sources := []string{"-d", dir, filepath.Join(dir, "src/main/java/app/Handler.java"), filepath.Join(dir, "src/main/java", filepath.FromSlash(strings.ReplaceAll("com.amazonaws.services.lambda.runtime.api.client.AWSLambda", ".", "/"))+".java")}
	if text, err := exec.Command(compiler, sources...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for name, row := range map[string]struct {
		believed []byte
		want     string
	}{
		"a key store": {append(append(keystore, block.Bytes...), make([]byte, 20)...), `[2, "served"]`},
		"neither":     {[]byte("neither"), `"refused"`},
	} {
		home := t.TempDir()
		for _, folder := range []string{"bin", "lib/security"} {
			if err := os.MkdirAll(filepath.Join(home, folder), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(home, "lib", "security", "cacerts"), row.believed, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, "bin", "java"), []byte("#!/bin/sh\nexec "+machine+" \"$@\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", filepath.Join(home, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
		g := run(t, Options{Callbacks: Callbacks{Authority: own}}, Function{Name: "f", Env: map[string]string{"NODE_EXTRA_CA_CERTS": nameless}, Dir: dir, Handler: "app.Handler::handle", Runtime: "java17", Memory: 512, Timeout: 30 * time.Second})
		if got := g.ask("f", `"https://`+server.Listener.Addr().String()+`"`); got != row.want {
			t.Errorf("%s: got %s, want %s\n%s", name, got, row.want, g.log())
		}
	}
}
