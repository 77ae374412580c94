// Package vtl renders mapping templates: the Velocity Template Language of
// Velocity 1.7 as API Gateway runs it.
//
// A template is parsed once and rendered any number of times, by many
// goroutines at once:
//
//	t, err := vtl.Parse(text)
//	err = t.Render(w, &vtl.Vars{Body: payload, Context: ctx})
//
// What API Gateway adds to Velocity: a reference that leads nowhere is the
// empty string, wherever it stands; macros, #evaluate, #parse and #include do
// not exist; $input, $util, $context and $stageVariables do; payloads are read
// permissively and keep their order; #foreach ends after 1000 rounds.
//
// The text becomes a tree in syntax, whose nodes know where they stand; what is here
// walks over it. Values behave as the Java classes behind them do and are in java; what
// the gateway hands over is in input.
//
// The package promises: templates cannot reach Go reflection, files or the
// environment; bad input never panics; every rendering is bounded in work, in
// output and in what it holds (Limits), and so are all of them together (Account).
// It refuses to write anything when a rendering fails.
//
// It imports what is below it alone.
package vtl
