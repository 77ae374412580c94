package cli

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/pflag"
)

// processLog are the flags of a log, and the level as it is at the moment.
type processLog struct {
	format, level string
	now           slog.LevelVar
}

func (l *processLog) flags(f *pflag.FlagSet) {
	f.StringVar(&l.format, "log-format", "text", "the log on the standard error: text, or json, one object a line")
	f.StringVar(&l.level, "log-level", "info", "the least that is logged: debug, info, warn or error")
}

// judge reads the flags.
func (l *processLog) judge() error {
	if l.format != "text" && l.format != "json" {
		return fmt.Errorf("--log-format %q: want text or json", l.format)
	}
	level, ok := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}[strings.ToLower(l.level)]
	if !ok {
		return fmt.Errorf("--log-level %q: want debug, info, warn or error", l.level)
	}
	l.now.Set(level)
	return nil
}

// logger logs as the flags say; its level follows l.
func (l *processLog) logger(to io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: &l.now}
	if l.format == "json" {
		return slog.New(slog.NewJSONHandler(to, o))
	}
	return slog.New(slog.NewTextHandler(to, o))
}
