// Package bustest proves that an implementation of bus.Bus keeps the contract.
package bustest
