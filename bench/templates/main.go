//go:build unix

// Command templates measures how many mapping templates are rendered per
// second of processor time, here and by Apache Velocity and velocityjs: in rounds,
// one after the other in each, so that a machine that is busy for a while is so for all.
// Medians are told, with the range behind them; a ratio is one of a round.
//
//	go run ./bench/templates
//	go run ./bench/templates -time 3s -rounds 7 DIR/name.vtl ...
//
// Beside every NAME.vtl stands NAME.json: body, params, context, stageVariables.
// VELOCITY names a directory whose command `render --bench TEMPLATE JSON` prints
// lines such as "render-cached: … 28712 per CPU second"; VELOCITYJS one with
// velocityjs among its node_modules. Engines that are not installed are left out.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/internal/collector"
)

// rates are renderings per second of processor time.
type rates struct{ once, every float64 }

func main() {
	duration := flag.Duration("time", time.Second, "how long to measure each, each round")
	rounds := flag.Int("rounds", 5, "how often all are measured in turn")
	flag.Parse()
	files := flag.Args()
	if len(files) == 0 {
		files = []string{"mapping/vtl/testdata/bench/order.vtl", "mapping/vtl/testdata/bench/message.vtl"}
	}
	go collector.Run(context.Background(), collector.Floor) // garbage is collected as in a gateway
	fmt.Printf("renderings per second of processor time, payload parsing included; medians of %d rounds, with ranges\n", *rounds)
	for _, file := range files {
		if err := compare(file, *duration, max(*rounds, 1)); err != nil {
			fmt.Fprintln(os.Stderr, "templates:", err)
			os.Exit(1)
		}
	}
}

// round is one round's rates of all engines; those of one that is not there are zero.
type round struct{ ours, velocity, velocityjs rates }

func compare(file string, duration time.Duration, rounds int) error {
	data := strings.TrimSuffix(file, ".vtl") + ".json"
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	all, before := make([]round, rounds), measured.LoadAverage()
	for i := range all {
		if all[i], err = measureAll(file, data, duration); err != nil {
			return err
		}
	}
	fmt.Printf("\n%s, %d bytes; load average %s before and %s after\n", filepath.Base(file), info.Size(), before, measured.LoadAverage())
	show("Dragoman", all, func(r round) rates { return r.ours })
	show("Apache Velocity", all, func(r round) rates { return r.velocity })
	show("velocityjs", all, func(r round) rates { return r.velocityjs })
	return nil
}

func measureAll(file, data string, duration time.Duration) (r round, err error) {
	if r.ours, err = measure(file, data, duration); err != nil {
		return r, err
	}
	if dir := os.Getenv("VELOCITY"); dir != "" {
		if r.velocity, err = velocity(dir, file, data); err != nil {
			return r, err
		}
	}
	if dir := os.Getenv("VELOCITYJS"); dir != "" {
		r.velocityjs, err = velocityjs(dir, file, data, duration)
	}
	return r, err
}

// show tells what an engine reached, and how many times as fast Dragoman is.
func show(name string, all []round, of func(round) rates) {
	for _, way := range []struct {
		name string
		rate func(rates) float64
	}{
		{"parsed once", func(r rates) float64 { return r.once }},
		{"parsed each time", func(r rates) float64 { return r.every }},
	} {
		theirs := func(r round) float64 { return way.rate(of(r)) }
		if theirs(all[0]) == 0 {
			return
		}
		fmt.Printf("%-18s %-18s %s", name, way.name, measured.Spread(all, "%.0f", theirs))
		if name != "Dragoman" {
			ratio := func(r round) float64 { return way.rate(r.ours) / theirs(r) }
			fmt.Printf("   Dragoman is %s times as fast", measured.Spread(all, "%.1f", ratio))
		}
		fmt.Println()
	}
}

// runs is how often each is measured; the best counts, as with the others.
const runs = 8

// rate calls f for a while and counts calls per second of processor time, all
// threads of the process included.
func rate(duration time.Duration, f func() error) (best float64, err error) {
	for range runs {
		before, n := processor(), 0
		for end := time.Now().Add(duration / runs); time.Now().Before(end); {
			for range 100 {
				if err := f(); err != nil {
					return 0, err
				}
			}
			n += 100
		}
		best = max(best, float64(n)/(processor()-before).Seconds())
	}
	return best, nil
}

// processor is the time that the process has used so far.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var perSecond = regexp.MustCompile(`(\d+) per CPU second`)

// velocity runs the command of the directory; its first rate is for a template
// parsed once, its second for one parsed every time.
func velocity(dir, file, data string) (rates, error) {
	out, err := exec.Command(filepath.Join(dir, "render"), "--bench", file, data).CombinedOutput()
	if err != nil {
		return rates{}, fmt.Errorf("velocity: %w: %s", err, out)
	}
	return found(perSecond, out)
}

func found(re *regexp.Regexp, out []byte) (rates, error) {
	m := re.FindAllSubmatch(out, -1)
	if len(m) < 2 {
		return rates{}, fmt.Errorf("no rates in %q", out)
	}
	once, _ := strconv.ParseFloat(string(m[0][1]), 64)
	every, _ := strconv.ParseFloat(string(m[1][1]), 64)
	return rates{once, every}, nil
}

const script = `
const fs = require('fs'), v = require('velocityjs');
const [file, data, ms] = process.argv.slice(1);
const text = fs.readFileSync(file, 'utf8'), d = JSON.parse(fs.readFileSync(data, 'utf8'));
const groups = Object.assign({path: {}, querystring: {}, header: {}}, d.params || {});
const get = m => { Object.defineProperty(m, 'get', { configurable: true, value: k => m[k]}); return m; };
const walk = (o, p) => p.replace(/^\$\.?/, '').split('.').filter(Boolean).reduce((x, k) => x && x[k], o);
const vars = () => { const o = JSON.parse(d.body); return {
  input: {path: p => walk(o, p), json: p => JSON.stringify(walk(o, p)), body: d.body,
    params: n => n === undefined ? {path: get(groups.path), querystring: get(groups.querystring), header: get(groups.header)} : groups.path[n]},
  util: {escapeJavaScript: s => String(s).replace(/['"\\\/]/g, '\\$&')},
  context: d.context, stageVariables: d.stageVariables || {}}; };
const once = f => { const c = process.cpuUsage(), end = Date.now() + Number(ms) / 8; let n = 0;
  while (Date.now() < end) { for (let i = 0; i < 100; i++) f(); n += 100; }
  const u = process.cpuUsage(c); return Math.round(n / ((u.user + u.system) / 1e6)); };
const rate = f => { for (let i = 0; i < 2000; i++) f(); let best = 0;
  for (let i = 0; i < 8; i++) best = Math.max(best, once(f)); return best; };
const parsed = v.parse(text);
console.log(rate(() => new v.Compile(parsed).render(vars())) + ' per CPU second');
console.log(rate(() => v.render(text, vars())) + ' per CPU second');
`

func velocityjs(dir, file, data string, duration time.Duration) (rates, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return rates{}, err
	}
	if data, err = filepath.Abs(data); err != nil {
		return rates{}, err
	}
	cmd := exec.Command("node", "-e", script, file, data, strconv.FormatInt(duration.Milliseconds(), 10))
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return rates{}, fmt.Errorf("velocityjs: %w: %s", err, out)
	}
	return found(perSecond, out)
}
