package input

// Param is one request parameter.
type Param struct{ Name, Value string }

// Params are the parameters that $input.params shows, each group in the order
// in which it is to be walked.
type Params struct{ Path, Query, Header []Param }
