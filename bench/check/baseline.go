package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// baseline is what paths cost when somebody last said that it is worth it. Instructions are
// those of one version of Go on one processor: copies are made by what it can do.
type baseline struct {
	Go    string            `json:"go"`
	CPU   string            `json:"cpu"`
	Paths map[string]counts `json:"paths"`
}

// counts are what walking a path once costs.
type counts struct {
	Allocations  int `json:"allocations"`
	Bytes        int `json:"bytes"`
	Instructions int `json:"instructions,omitempty"` // 0 for not counted
}

func read(file string) (b baseline, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return b, err
	}
	return b, json.Unmarshal(text, &b)
}

func (b *baseline) write(file string) error {
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// pairs are the counts beside those of before, with their names.
func (c counts) pairs(was counts) []pair {
	return []pair{{"allocations", c.Allocations, was.Allocations}, {"bytes", c.Bytes, was.Bytes}, {"instructions", c.Instructions, was.Instructions}}
}

type pair struct {
	name     string
	now, was int
}

// over says which counts have grown too much; "" for none.
func (c counts) over(was counts) string {
	var all []string
	for _, p := range c.pairs(was) {
		// What was not counted, now or then, is not compared.
		if p.now == 0 || p.was == 0 && p.name == "instructions" {
			continue
		}
		most := float64(p.was) * grown
		if p.name == "bytes" { // what a run needs to begin is shared by its walks
			most = max(most, float64(p.was)+begins)
		}
		if float64(p.now) > most {
			all = append(all, fmt.Sprintf("%s %d, were %d", p.name, p.now, p.was))
		}
	}
	return strings.Join(all, ", ")
}

// least are the smaller counts of two runs.
func (c counts) least(other counts) counts {
	return counts{min(c.Allocations, other.Allocations), min(c.Bytes, other.Bytes), min(c.Instructions, other.Instructions)}
}

// beside are the counts, with those of before in brackets where they differ.
func (c counts) beside(was counts) string {
	var all []string
	for _, p := range c.pairs(was) {
		text := fmt.Sprintf("%d %s", p.now, p.name)
		if p.now == 0 && p.name == "instructions" {
			continue
		}
		if p.was != 0 && p.was != p.now {
			text += fmt.Sprintf(" (were %d)", p.was)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// here is the place in which instructions are counted.
func here() baseline {
	b := baseline{Go: runtime.Version(), CPU: runtime.GOARCH, Paths: map[string]counts{}}
	text, _ := os.ReadFile("/proc/cpuinfo") // elsewhere the architecture is all that is known
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			b.CPU = strings.TrimSpace(value)
			break
		}
	}
	return b
}
