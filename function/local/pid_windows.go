package local

// gone never tells: whose folder it is is not known here.
func gone(int) bool { return false }
