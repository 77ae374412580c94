// Package rules opens what admission decides by: throttles, authorizers, and API keys
// with their usage plans.
//
// It promises that both planes share them, and that what they remember outlives
// deployments. It refuses to decide: admission does, by what it is handed.
package rules
