package program

import (
	"archive/zip"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

const (
	javaClient = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
	javaJar    = "aws-lambda-java-runtime-interface-client" // how the name of the jar begins that has it
	mostJars   = 2000
)

// java runs the client with everything that can hold classes, the code itself first.
func (m *Maker) java(ctx context.Context, c *Code) (*Program, error) {
	places := classes(c)
	client := slices.IndexFunc(places, hasClient)
	// Without the client java would end by a stack trace that names no remedy.
	if client < 0 {
		return nil, nil
	}
	path, err := exec.LookPath("java")
	if err != nil {
		return nil, err
	}
	p := &Program{Path: path, Args: []string{"java", "-cp", strings.Join(places, string(os.PathListSeparator)), javaClient, c.Handler}}
	library, err := m.library(places[client], path)
	if err != nil {
		return nil, err
	}
	version, _ := strconv.Atoi(strings.TrimPrefix(m.version(ctx, path), "java"))
	p.flags = func(s *Start) []string {
		flags := javaFlags(c.Runtime, version, s)
		// Certificates of this gateway stand in a file of what is believed besides.
		for _, one := range [][2]string{{javaLibrary, library}, {"javax.net.ssl.trustStore", m.javaTrust(path, s.Variable("NODE_EXTRA_CA_CERTS"))}} {
			if property, value := one[0], one[1]; value != "" && !strings.Contains(s.Variable("JAVA_TOOL_OPTIONS"), property) {
				flags = append(flags, "-D"+property+"="+value)
			}
		}
		return flags
	}
	// Observed: in the client's README and jars: libraries for glibc and musl, and an exit
	// without one of them.
	if runtime.GOOS != "linux" {
		p.Warnings = append(p.Warnings, "AWS's runtime client for Java has libraries for Linux alone, and ends without one: run the gateway in a container, or name a command by --runtime "+c.Runtime+"=COMMAND")
	}
	return p, nil
}

// classes are the folders and jars in which classes of a function may be. Documented: AWS
// Lambda Developer Guide, Deploy Java Lambda functions with .zip or JAR file archives:
// classes at the root, and jars in lib; Working with layers for Java: java/lib. Observed: in
// AWS's client: the code comes before its libraries, these before layers, and jars of a
// folder in the order of their names.
func classes(c *Code) []string {
	places := []string{c.Dir}
	// Assumed: those that Maven and Gradle build in, for who does not pack a jar for each try.
	for _, below := range []string{"target/classes", "build/classes/java/main", "build/classes/kotlin/main", "build/resources/main"} {
		if info, err := os.Stat(filepath.Join(c.Dir, below)); err == nil && info.IsDir() {
			places = append(places, filepath.Join(c.Dir, below))
		}
	}
	for _, below := range []string{"", "lib", "target", "target/lib", "target/dependency", "target/dependencies", "build/libs", "build/lib", "build/dependencies"} {
		places = append(places, jars(filepath.Join(c.Dir, below))...)
	}
	// Layers are laid into one folder, where of two jars of a name the later layer's stays.
	layered := map[string]string{}
	for _, layer := range Folders(c.Layers) {
		for _, jar := range jars(filepath.Join(layer, "java", "lib")) {
			layered[filepath.Base(jar)] = jar
		}
	}
	for _, name := range slices.Sorted(maps.Keys(layered)) {
		places = append(places, layered[name])
	}
	return places
}

func jars(folder string) []string {
	found, _ := filepath.Glob(filepath.Join(folder, "*.jar"))
	return found[:min(len(found), mostJars)]
}

// hasClient tells whether a folder or jar has the client; a jar may be one that holds all
// dependencies.
func hasClient(place string) bool {
	class := strings.ReplaceAll(javaClient, ".", "/") + ".class"
	if !strings.HasSuffix(place, ".jar") {
		return isThere(filepath.Join(place, filepath.FromSlash(class)))
	}
	// The name is looked at first, for to open each jar of a large application takes seconds.
	if strings.HasPrefix(filepath.Base(place), javaJar) {
		return true
	}
	archive, err := zip.OpenReader(place)
	if err != nil {
		return false
	}
	defer archive.Close()
	return slices.ContainsFunc(archive.File, func(f *zip.File) bool { return f.Name == class })
}

// Observed: this property of the client names its library.
const javaLibrary = "com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI"

// javaFlags are those that Lambda gives to its machine for Java, as far as they mean
// something here. Observed: its command lines for Java 8, 11 and 17, with these values at
// 256, 512 and 1024 MB. Documented: AWS Lambda Developer Guide, Customize Java runtime
// startup behavior: tiered compilation stops at level 1 from Java 17 on.
func javaFlags(asked string, installed int, s *Start) (flags []string) {
	// Documented: there: JAVA_TOOL_OPTIONS chooses another collector and other levels. The
	// machine refuses two collectors, and what stands in the command line would count.
	own := s.Variable("JAVA_TOOL_OPTIONS")
	give := func(unless *regexp.Regexp, flag ...string) {
		if !unless.MatchString(own) {
			flags = append(flags, flag...)
		}
	}
	// Without it the heap grows to a quarter of this machine's memory before anything is
	// collected, and the function would be ended for what is garbage.
	heap := 85
	if asked == "java8.al2" {
		heap = 70
	}
	give(ownHeap, fmt.Sprintf("-XX:MaxHeapSize=%dk", (s.Memory<<10*heap+50)/100))
	give(ownCollector, "-XX:+UseSerialGC")
	if generation, _ := strconv.Atoi(strings.TrimPrefix(Version(asked), "java")); generation >= 17 {
		give(ownTiers, "-XX:+TieredCompilation", "-XX:TieredStopAtLevel=1")
	}
	flags = append(flags, "-Djava.net.preferIPv4Stack=true")
	if installed >= 17 { // others end at a flag that they do not know
		flags = append(flags, "--add-opens=java.base/java.io=ALL-UNNAMED", "-XX:+ErrorFileToStderr")
	}
	return flags
}

var (
	ownHeap      = regexp.MustCompile(`-Xmx|MaxHeapSize|MaxRAM`)
	ownCollector = regexp.MustCompile(`-XX:\+Use\w+GC\b`)
	ownTiers     = regexp.MustCompile(`TieredCompilation|TieredStopAtLevel`)
)
