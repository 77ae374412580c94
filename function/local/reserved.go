package local

// Reserved says whether a variable is Lambda's own, which no function may set.
func Reserved(name string) bool { return reserved[name] }
