// Package portal is the kinds of resources that developer portals are made of: portals,
// the products that they include, and the products' pages and sharing policies. One
// file for each, on package family.
//
// It promises that what a portal shows is a copy from when it was published: later
// changes of a product wait for the next time. It draws no page: see management/portal.
package portal
