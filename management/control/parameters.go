package control

import "github.com/dragoman-gateway/dragoman/resource"

func checkSubtypeParameters(map[string]string) error  { return nil }
func checkHTTPParameters(*resource.Integration) error { return nil }
func checkRequestParameters(map[string]string) error  { return nil }
func checkResponseParameters(map[string]string) error { return nil }
