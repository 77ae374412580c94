// Package portal serves the pages of published portals: one plain HTML page for
// each, below /_dragoman/portals/{portalId}, and its preview at /preview below.
//
// It promises to show what was frozen when the portal was published or previewed,
// whatever changed since, and to escape all of it: texts are shown as they were
// written, Markdown is not rendered and no script runs. It reads the store for
// every request; portals are documentation, not traffic.
//
// It refuses to try endpoints out and to sign users in: a portal that asks for a
// Cognito login answers 403.
package portal
