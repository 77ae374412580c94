// Package uuid makes random ids, as requests of AWS's APIs and invocations have them.
package uuid
