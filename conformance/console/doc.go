// Package console drives the web console as a person does: in a browser, by the roles and
// names that people with screen readers find things by, with the keys and the mouse. Each
// journey has a gateway and a browser of its own, and asserts both what the page shows and
// what the gateway has. One that asks another host for anything, or that leaves an error in
// the browser's console, fails.
//
// DRAGOMAN_SCREENSHOTS names a folder in which pictures of the pages are left.
package console
