package vtl

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
)

// What is drawn, who gets more and who must end.
func TestAccount(t *testing.T) {
	a := NewAccount(100)
	small, large, larger := &draw{account: a}, &draw{account: a}, &draw{account: a}
	for _, step := range []struct {
		name   string
		who    *draw
		n      int
		want   bool
		used   int
		doomed *draw
	}{
		{"there is enough", large, 40, true, 40, nil},
		{"and for another", larger, 50, true, 90, nil},
		{"more than there is at all", small, 101, false, 90, nil},
		{"the largest cannot have more", larger, 20, false, 90, nil},
		{"the small can, the largest must end", small, 20, true, 110, larger},
		{"what it has is promised already", small, 15, true, 125, larger},
		{"so the next largest must end too", small, 30, false, 125, larger},
		{"one that must end gets nothing", larger, 1, false, 125, larger},
	} {
		if got := step.who.take(step.n); got != step.want || a.Used() != step.used {
			t.Errorf("%s: got %v and %d in use, want %v and %d", step.name, got, a.Used(), step.want, step.used)
		}
		for _, d := range []*draw{small, large, larger} {
			if d.isDoomed() != (d == step.doomed) {
				t.Errorf("%s: doomed %v, want %v", step.name, d.isDoomed(), d == step.doomed)
			}
		}
	}
	larger.end()
	if a.Used() != 75 || larger.isDoomed() || !large.take(25) {
		t.Errorf("after the largest has ended: %d in use", a.Used())
	}
	small.give(5)
	small.end()
	large.end()
	if a.Used() != 0 || a.owed != 0 || len(a.draws) != 0 {
		t.Errorf("at the end: %d in use, %d owed, %d draws", a.Used(), a.owed, len(a.draws))
	}
}

// Long renderings wait for each other, not without bound, and no longer than their
// caller wants.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := NewAccount(100)
		var first []*draw
		for range cap(a.slots) {
			d := &draw{account: a}
			if err := d.goOn(t.Context(), time.Second); err != nil {
				t.Fatal(err)
			}
			first = append(first, d)
		}
		late := &draw{account: a}
		if err := late.goOn(t.Context(), time.Second); err != ErrTime {
			t.Errorf("got %v, want ErrTime", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := late.goOn(ctx, time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's end", err)
		}
		if !late.take(60) {
			t.Fatal("there is room")
		}
		ended := make(chan error, 1)
		go func() { ended <- late.goOn(t.Context(), time.Hour) }()
		synctest.Wait()
		if other := (&draw{account: a}); !other.take(50) {
			t.Error("the smaller one got nothing")
		}
		if err := <-ended; err != ErrShared {
			t.Errorf("got %v, want ErrShared", err)
		}
		late.end()
		go func() { ended <- late.goOn(t.Context(), time.Hour) }()
		synctest.Wait()
		late.account = a
		first[0].end()
		if err := <-ended; err != nil {
			t.Errorf("got %v, want a turn", err)
		}
	})
}

// While many bombs want all there is, whoever wants little gets it.
func TestInnocentsAreNotStarved(t *testing.T) {
	a := NewAccount(4 << 20)
	options := Options{Account: a}
	bomb, err := ParseWith("#set($l=[])"+rounds(2, "#set($x=$l.add([1..1000]))"), options)
	if err != nil {
		t.Fatal(err)
	}
	innocent, err := ParseWith("#set($l=[])#foreach($i in [1..15])#set($x=$l.add([1..1000]))#end$l.size()", options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var bombs sync.WaitGroup
	for range 8 {
		bombs.Go(func() {
			for ctx.Err() == nil {
				if _, err := bomb.Append(ctx, nil, &Vars{}); err == nil {
					t.Error("a bomb rendered")
				}
			}
		})
	}
	for range 50 {
		if out, err := innocent.Append(t.Context(), nil, &Vars{}); err != nil || string(out) != "15" {
			t.Errorf("got %q, %v", out, err)
			break
		}
	}
	cancel()
	bombs.Wait()
	if a.Used() != 0 || len(a.slots) != 0 {
		t.Errorf("%d bytes and %d slots are not given back", a.Used(), len(a.slots))
	}
}

// A panic that passes through a rendering leaves nothing behind.
func TestPanicGivesBack(t *testing.T) {
	a := NewAccount(0)
	tt, err := ParseWith("#set($l=[1..100000])#foreach($i in [1..200])"+rounds(1, "")+"#end$context.boom", Options{Account: a})
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("nothing panicked")
			}
		}()
		_, _ = tt.Append(t.Context(), nil, &Vars{Context: panics{}})
	}()
	if a.Used() != 0 || len(a.slots) != 0 {
		t.Errorf("%d bytes and %d slots are not given back", a.Used(), len(a.slots))
	}
}

type panics struct{}

func (panics) Get(string) (any, bool) { panic("boom") }
func (panics) Names() []string        { return nil }

// probe is an Object that measures the heap when a template asks for it.
type probe struct {
	account *Account
	before  uint64
	real    int
	counted int
}

func (p *probe) Names() []string { return nil }

func (p *probe) Get(name string) (any, bool) {
	if name != "probe" {
		return nil, false
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	p.real, p.counted = int(m.HeapAlloc)-int(p.before), p.account.Used()
	return "", true
}

// What renderings hold is no more than what they have drawn for it, by much.
func TestWhatIsHeldIsCounted(t *testing.T) {
	const s = "#set($s='x')#set($s=$s.repeat(100000))"
	for _, row := range []struct{ name, template string }{
		{"texts", s + "#set($l=[])#foreach($i in [1..80])#set($x=$l.add(\"$s$i\"))#end"},
		{"small texts", "#set($l=[])#foreach($j in [1..40])#foreach($i in [1..1000])#set($x=$l.add(\"${i}-$j\"))#end#end"},
		{"parts", "#set($l=[])#foreach($i in [1..40])" + s + "#set($x=$l.add($s.substring(0,60000)))#end"},
		{"small parts", "#set($l=[])#foreach($i in [1..200])" + s + "#set($x=$l.add($s.substring(0,10)))#end#set($l=[1..50000])"},
		{"ranges", "#set($l=[])#foreach($i in [1..100])#set($x=$l.add([1..1000]))#end"},
		{"lists", "#set($l=[])#foreach($j in [1..60])#foreach($i in [1..1000])#set($x=$l.add([$i]))#end#end"},
		{"list", "#set($l=[])#foreach($j in [1..100])#foreach($i in [1..1000])#set($x=$l.add($i))#end#end"},
		{"maps", "#set($l=[])#foreach($j in [1..25])#foreach($i in [1..1000])#set($x=$l.add({'a':$i}))#end#end"},
		{"map", "#set($m={})#foreach($j in [1..30])#foreach($i in [1..1000])#set($x=$m.put(\"${i}-$j\",$i))#end#end"},
		{"views", "#set($m={})#set($l=[])#foreach($j in [1..60])#foreach($i in [1..1000])#set($x=$l.add($m.keySet()))#end#end"},
		{"iterators", "#set($l=[])#foreach($j in [1..25])#foreach($i in [1..1000])#set($x=$l.add($l.iterator()))#end#end"},
		{"entries", "#set($m={'a':1})#set($l=[])#foreach($j in [1..40])#foreach($i in [1..1000])#set($x=$l.addAll($m.entrySet()))#end#end"},
		{"classes", "#set($m={'a':1})#set($l=[])#foreach($j in [1..30])#foreach($i in [1..1000])#set($x=$l.add($m.getClass()))#end#end"},
		{"sublists", "#set($m=[1])#set($l=[])#foreach($j in [1..60])#foreach($i in [1..1000])#set($x=$l.add($m.subList(0,1)))#end#end"},
		{"blocks", "#set($l=[])#foreach($j in [1..60])#foreach($i in [1..1000])#define($d)x#end#set($x=$l.add($d))#end#end"},
		{"bytes", "#set($l=[])#set($s='x')#set($s=$s.repeat(10000))#foreach($i in [1..15])#set($x=$l.add($s.getBytes()))#end"},
		{"pieces", "#set($l=[])#set($s='x,')#set($s=$s.repeat(10000))#foreach($i in [1..12])#set($x=$l.add($s.split(',')))#end"},
		{"payloads", "#set($l=[])#foreach($j in [1..8])#foreach($i in [1..1000])#set($x=$l.add($util.parseJson('{\"a\":[1,2]}')))#end#end"},
		{"parts of payloads", s + "#set($s=\"{'a':'b','c':'$s'}\")#set($l=[1..50000])#foreach($i in [1..80])#set($x=$l.add($util.parseJson($s).a))#end"},
		{"results of paths", "#set($l=[])#foreach($i in [1..200])#set($x=$l.add($input.path('$.*')))#end"},
		{"changed payload", "#set($p=$input.path('$'))#foreach($j in [1..30])#foreach($i in [1..1000])#set($x=$p.put(\"${i}-$j\",$i))#end#end"},
		{"payload list", "#set($p=$util.parseJson('[]'))#foreach($j in [1..60])#foreach($i in [1..1000])#set($x=$p.add($i))#end#end"},
		{"lists in the payload", "#set($p=$input.path('$'))#foreach($i in [1..100])#set($x=$p.put(\"k$i\",[1..1000]))#end"},
		{"numbers", "#set($n=12345678901234567890)#set($n=$n.pow(100))#set($l=[])#foreach($i in [1..1000])#set($x=$l.add($n.add($n)))#end"},
		{"output", "#foreach($j in [1..60])#foreach($i in [1..1000])0123456789012345678901234567890123456789012345678901234567890123456789#end#end"},
		{"in quotes", "#set($x=\"" + strings.Repeat("0123456789", 10) + "#foreach($j in [1..60])#foreach($i in [1..1000])" + strings.Repeat("0123456789", 7) + "#end#end$context.probe\")"},
		{"in hand", s + "#set($x=[" + strings.Repeat("$s.concat('y'),", 50) + "$context.probe])"},
		{"hidden in hand", "#set($l=[1..80000])#set($x=[$l,\"#set($l=[1])$context.probe\"])"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := &probe{account: NewAccount(1 << 30)}
			tt, err := ParseWith(row.template+"$context.probe", Options{Account: p.account})
			if err != nil {
				t.Fatal(err)
			}
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			p.before = m.HeapAlloc
			members := "{" + strings.Repeat(`"a":1,`, 20) + `"b":2}`
			if _, err := tt.Append(t.Context(), nil, &Vars{Text: members, Context: p}); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d KB are held, %d KB are drawn", p.real>>10, p.counted>>10)
			if p.real > p.counted*5/4+java.Floor+portion {
				t.Errorf("%d KB are held, and %d KB are drawn", p.real>>10, p.counted>>10)
			}
		})
	}
}
