package vtl

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// worst is the length of what the tables of this package cost at most.
const worst = 128 << 10

// What the worst of it may cost.
const (
	worstCPU   = 200 * time.Millisecond
	worstAlloc = 32 << 20
)

// cost measures what the process spends on f, garbage collection included.
func cost(f func()) (cpu time.Duration, allocated uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := cpuTime()
	f()
	cpu = cpuTime() - start
	runtime.ReadMemStats(&after)
	return cpu, after.TotalAlloc - before.TotalAlloc
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// many repeats a piece to the length of worst, with something around it.
func many(open, piece, end string) string {
	return open + strings.Repeat(piece, (worst-len(open)-len(end))/len(piece)) + end
}

// deep nests pieces as deep as a template may, again and again.
func deep(begin, open, middle, end, finish string) string {
	const depth = 190
	return many("", begin+strings.Repeat(open, depth)+middle+strings.Repeat(end, depth)+finish, "")
}

// The worst templates that 128 KB can hold, as far as reading them goes.
func TestParsingHasABound(t *testing.T) {
	for _, template := range []string{
		many("", "$", "x"), many("", "#", "x"), many("", "$#", "x"), many("", `\`, ""), many("", `\$`, "x"), many("", `\#`, "x"), many("", "$!", "x"),
		many("", "$a", ""), many("", "$a ", ""), many("$a", ".b", ""), many("$a", "[0]", ""), many("$a", ".b()", ""), many("", "$a[0] ", ""),
		many("", "#[[x]]#", ""), many("", "#*x*#", ""), many("", "#**x*#", ""), many("", "##x\n", ""), many("", "a##\n", ""), many("", "#[[x]]##*y*#", ""),
		many("", `\#if `, ""), many("", `\\`, ""), many("", `\\#if(1)#end`, ""), many("", `\\\$`, "x"), many("", `$\!a`, ""), many("", `$\`, "x"),
		many("", `\\$`, "x"), many("", `\\#`, "x"), many("", `\`, "#"+strings.Repeat("a", 1000)), many("", `\`, "$"+strings.Repeat(`\`, worst/2)+"!a"),
		many("", "#if(1)#end", ""), many("#if(1)", "#elseif(1)", "#end"), many("", "#set($a=1)", ""), many("", " #set", ""), many("$a", "  #set", ""),
		many("", "#foo()", ""), many("", "#foo(1 2 3)", ""), many("", "#foo ", ""), many("", "#{foo}", ""), many("", "#@a ", ""), many("", "#@a()#end", ""),
		many("", "#( ", ""), many("", "#{ ", ""), many("", "# ", ""), many("", "$ ", ""), many("", "$[", ""), many("", "${", ""), many("", "${a}", ""),
		many("#set($a=[", "1,", "1])"), many("#set($a=[", "$b,", "1])"), many("#set($a={", "1:1,", "1:1})"), many("#set($a=[", `"$b",`, "1])"),
		many("#set($a=", "1 + ", "1)"), many("#set($a=", "$b + ", "1)"), many("#if(", "$b && ", "1)#end"), many("#set($a=", "9", ")"), many("#set($a=1.", "9", ")"),
		many("", "#stop", ""), many("", "#break", ""), many("", "#define($a)x#end", ""), many("", "#macro(a)x#end", ""), many("", "#foreach", ""),
		many("", `#set($a="$b")`, ""), many(`#set($a="`, "$b ", `")`), many(`#set($a="$b`, `""`, `")`), many(`#set($a="`, `\u0041`, `")`), many("", `$a("`, ""),
		many("", " ", ""), many("", " \t$a", ""), many("$a", " ", ""), many("#", "a", ""), many("#if(", "a ", ")"), many("#foreach", " ", "("), many("#if(", "(", ""),
		many("#[[", "x", ""), many("#*", "x", ""), many("", "$a[", ""), many("", "#set(", ""), many("", "#if(", ""), names(),
		deep("#set($a=", "[", "", "]", ")"), deep("#set($a=", "[$a[0],", "1", "]", ")"), deep("#set($a=", "[$a.b(", "1", ")..1]", ")"), deep("#set($a=", "{1:", "1", "}", ")"),
		deep("$a", ".b($a", "", ")", ""), deep("#if(", "(", "1", ")", ")#end"), deep("#if(", "(1 + ", "1", ")", ")#end"), deep("#if(", "!", "1", "", ")#end"),
		deep("", "#if(1)", "", "#end", ""), deep("", "#foreach($a in $b)", "", "#end", ""), deep("", "#define($a)", "", "#end", ""), quotes(),
	} {
		var err error
		cpu, allocated := cost(func() { _, err = Parse(template) })
		if cpu > worstCPU || allocated > worstAlloc {
			t.Errorf("%.40q: %d bytes cost %v and %d KB, error %v", template, len(template), cpu, allocated>>10, err)
		}
	}
}

// names is a template of many variables.
func names() string {
	var b strings.Builder
	for i := 0; b.Len() < worst-10; i++ {
		fmt.Fprintf(&b, "$v%d", i)
	}
	return b.String()
}

// quotes nests quoted strings, which doubles their quotes each time.
func quotes() string {
	s := "$b"
	for 2*len(s) < worst {
		s = `#set($a="` + strings.ReplaceAll(s, `"`, `""`) + `")`
	}
	return s
}
