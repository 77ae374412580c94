// Package region is the kinds of resources that belong to a region and to no API:
// custom domains with their mappings and routing rules, VPC links, and the older API's
// keys and usage plans. One file for each, on package family.
//
// It promises that what a domain or plan names is there when it is named. It refuses
// to look at what deployments freeze beyond the targets of routes.
package region
