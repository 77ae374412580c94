//go:build unix

// Command templates measures how many mapping templates are rendered per
// second of processor time, here and by Apache Velocity and velocityjs.
//
//	go run ./bench/templates
//	go run ./bench/templates -time 3s DIR/name.vtl ...
//
// Beside every NAME.vtl stands NAME.json: body, params, context, stageVariables.
// VELOCITY names a directory whose command `render --bench TEMPLATE JSON` prints
// lines such as "render-cached: … 28712 per CPU second"; VELOCITYJS one with
// velocityjs among its node_modules. Engines that are not installed are left out.
package main

import (
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
)

// rates are renderings per second of processor time.
type rates struct{ once, every float64 }

func main() {
	duration := flag.Duration("time", time.Second, "how long to measure each")
	flag.Parse()
	files := flag.Args()
	if len(files) == 0 {
		files = []string{"mapping/vtl/testdata/bench/order.vtl", "mapping/vtl/testdata/bench/message.vtl"}
	}
	fmt.Println("renderings per second of processor time, payload parsing included")
	for _, file := range files {
		if err := compare(file, *duration); err != nil {
			fmt.Fprintln(os.Stderr, "templates:", err)
			os.Exit(1)
		}
	}
}

func compare(file string, duration time.Duration) error {
	data := strings.TrimSuffix(file, ".vtl") + ".json"
	ours, size, err := measure(file, data, duration)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s, %d bytes\n%-22s %14s %14s\n", filepath.Base(file), size, "", "parsed once", "parsed each time")
	show("Dragoman", ours, rates{})
	if dir := os.Getenv("VELOCITY"); dir != "" {
		theirs, err := velocity(dir, file, data)
		if err != nil {
			return err
		}
		show("Apache Velocity", theirs, ours)
	}
	if dir := os.Getenv("VELOCITYJS"); dir != "" {
		theirs, err := velocityjs(dir, file, data, duration)
		if err != nil {
			return err
		}
		show("velocityjs", theirs, ours)
	}
	return nil
}

func show(name string, r, ours rates) {
	fmt.Printf("%-22s %14.0f %14.0f", name, r.once, r.every)
	if ours.once > 0 && r.once > 0 && r.every > 0 {
		fmt.Printf("   Dragoman is %.1f and %.1f times as fast", ours.once/r.once, ours.every/r.every)
	}
	fmt.Println()
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
