package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagGroup is a part of serve's help.
type flagGroup struct {
	title string
	flags string // names, separated by spaces
}

// serveGroups puts each flag of serve where its reader looks for it, in the order
// in which a newcomer meets the questions.
func serveGroups() []flagGroup {
	return []flagGroup{
		{"State", "settings data-dir config seed allow-reset accept-loss"},
		{"Fleet", "store store-file store-wait bus bus-credentials bus-nkey bus-user-file bus-ca bus-cert bus-key"},
		{"Listeners", "listen dev-tls listen-tls default-api management metrics-listen console api-endpoint domain-name front drain shutdown-delay ready-file"},
		{"Who may call the management API", "auth credentials key-file management-name management-origin management-rate management-burst"},
		{"Proxies in front", "trusted-proxies proxy-protocol"},
		{"The management API", "region account quotas max-template strict-issuers import-open strict-import"},
		{"Backends and functions", "function runtime function-concurrency vpc-link assume-roles deny-backends root-ca http-timeout"},
		{"Limits of HTTP APIs", "max-body max-reply max-headers client-timeout"},
		{"Limits of WebSocket APIs", "max-message max-frame in-flight idle-timeout max-lifetime connect-rate websocket-extension websocket-route-authorization"},
		{"Limits of all APIs", "max-connections max-bodies max-template-memory account-rate account-burst"},
		{"Faults on purpose", "fault allow-fault"},
		{"Paths", "allow-dot-segments raw-path"},
		{"Custom domains", "certificate truststore acme-email acme-directory"},
		{"Logs and traces", "log-format log-level access-log tap tap-sample explain-errors mask tap-records tap-bytes"},
	}
}

// restTitle is above the flags that no group has.
const restTitle = "Other flags"

// upGroups are those of up: its own first.
func upGroups() []flagGroup {
	return append([]flagGroup{
		{"The template", "parameter stack-name check reset"},
		{"What is around it", "services yes env-file env-vars inspect"},
		{"The session", "port default-api once json"},
	}, serveGroups()...)
}

// groupedUsage prints how a command is used, its flags in groups.
func groupedUsage(groups []flagGroup) func(cmd *cobra.Command) error {
	return func(cmd *cobra.Command) error { return printUsage(cmd, groups) }
}

func printUsage(cmd *cobra.Command, groups []flagGroup) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage:\n  %s\n", cmd.UseLine())
	all := cmd.Flags()
	placed := map[string]bool{}
	for _, group := range groups {
		part := pflag.NewFlagSet(group.title, pflag.ContinueOnError)
		part.SortFlags = false
		for name := range strings.FieldsSeq(group.flags) {
			if f := all.Lookup(name); f != nil && !placed[name] {
				part.AddFlag(f)
				placed[name] = true
			}
		}
		printFlags(&b, group.title, part)
	}
	rest := pflag.NewFlagSet(restTitle, pflag.ContinueOnError)
	all.VisitAll(func(f *pflag.Flag) {
		if !placed[f.Name] {
			rest.AddFlag(f)
		}
	})
	printFlags(&b, restTitle, rest)
	_, err := fmt.Fprint(cmd.OutOrStderr(), b.String())
	return err
}

func printFlags(b *strings.Builder, title string, flags *pflag.FlagSet) {
	if flags.HasAvailableFlags() {
		fmt.Fprintf(b, "\n%s:\n%s", title, flags.FlagUsages())
	}
}
