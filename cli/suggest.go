package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// maxSuggestions is how many words are offered for one that is unknown.
const maxSuggestions = 3

// unknownCommand says that a command has no such subcommand, and which one may
// have been meant; elsewhere are the commands of another command, by how they are
// called from the root.
func unknownCommand(cmd *cobra.Command, word string, elsewhere ...*cobra.Command) error {
	var found []string
	for _, known := range nearest(kebab(word), names(cmd)) {
		found = append(found, cmd.CommandPath()+" "+known)
	}
	for _, other := range elsewhere {
		for _, known := range nearest(kebab(word), names(other)) {
			found = append(found, other.CommandPath()+" "+known)
		}
	}
	text := fmt.Sprintf("unknown command %q for %q", word, cmd.CommandPath())
	if len(found) > 0 {
		text += "\n\nDid you mean this?\n\t" + strings.Join(found[:min(len(found), maxSuggestions)], "\n\t")
	}
	return errors.New(text)
}

func names(cmd *cobra.Command) (all []string) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			all = append(all, c.Name())
		}
	}
	return all
}

// flagError words what is wrong with the flags of a command that only has others
// below it: when a word came before the flag, it is the word that is unknown.
func flagError(cmd *cobra.Command, err error, elsewhere ...*cobra.Command) error {
	if words := cmd.Flags().Args(); cmd.HasSubCommands() && len(words) > 0 {
		return unknownCommand(cmd, words[0], elsewhere...)
	}
	return unknownFlag(cmd, err)
}

// unknownFlag adds what may have been meant to the complaint about a flag that a
// command does not have.
func unknownFlag(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return err
	}
	var known []string
	add := func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, f.Name)
		}
	}
	cmd.Flags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	slices.Sort(known)
	known = slices.Compact(known)
	if found := nearest(kebab(missing.GetSpecifiedName()), known); len(found) > 0 {
		return fmt.Errorf("%w, did you mean --%s?", err, strings.Join(found, " or --"))
	}
	return err
}

// nearest gives the words that differ least from one, the nearest first: by a
// letter or two, or by a quarter of the letters of a long word.
func nearest(word string, known []string) []string {
	type near struct {
		word     string
		distance int
	}
	var found []near
	for _, k := range known {
		most := max(2, len(k)/4)
		if d := distance(word, k); d <= most && d < len(k) {
			found = append(found, near{k, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	var words []string
	for _, n := range found[:min(len(found), maxSuggestions)] {
		if n.distance > found[0].distance+1 {
			break // there are better ones
		}
		words = append(words, n.word)
	}
	return words
}

// distance is how many letters have to be put in, left out or changed to make one
// word the other (Levenshtein). Words beyond any command's length are as far away
// as they are long.
func distance(a, b string) int {
	if len(a) > 100 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0] // of the row above, one to the left
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			before, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, before+cost)
		}
	}
	return row[len(b)]
}
