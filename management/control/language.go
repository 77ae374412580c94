package control

import (
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/mapping/pattern"
	"github.com/dragoman-gateway/dragoman/resource"
)

// messageVariables are what may select before a backend was asked.
// Assumed: AWS documents the body alone; what else a request has is let through.
func messageVariables(kind expr.Kind) bool {
	switch kind {
	case expr.ResponseBody, expr.ResponseStatus, expr.ResponseHeader, expr.ResponseMultiHeader:
		return false
	}
	return true
}

// allVariables are what may select after a backend has answered.
func allVariables(expr.Kind) bool { return true }

// checkExpression holds an optional selection expression to its syntax and to the
// variables that there are where it is evaluated.
func checkExpression(member, source string, allowed func(expr.Kind) bool) error {
	if source == "" {
		return nil
	}
	e, err := expr.Parse(source)
	if err != nil {
		return family.BadRequest("Invalid selection expression specified for %s: %s", member, fault.Plain(err))
	}
	// A reference to what is not there yet would always be empty and choose the default:
	// it is told when it is written, not when a message goes astray.
	for _, ref := range e.Refs() {
		if !allowed(ref.Kind) {
			return family.BadRequest("Invalid selection expression specified for %s: %q refers to a response, which is not there yet", member, source)
		}
	}
	return nil
}

// checkIntegrationTexts holds the texts of an integration to their languages.
// Templates are not read: a broken one is stored, and fails when it is used.
func checkIntegrationTexts(noun *resource.Integration, protocol string) error {
	if err := checkExpression("TemplateSelectionExpression", noun.TemplateSelectionExpression, messageVariables); err != nil {
		return err
	}
	switch {
	case noun.IntegrationSubtype != "":
		return checkSubtypeParameters(noun)
	case protocol == resource.HTTP:
		return checkHTTPParameters(noun)
	}
	return checkRequestParameters(noun.RequestParameters)
}

// checkResponseTexts holds the texts of a response to their languages.
func checkResponseTexts(noun *resource.IntegrationResponse) error {
	if text, ok := noun.Pattern(); ok {
		if _, err := pattern.Compile(text); err != nil {
			return family.BadRequest("Invalid value specified for IntegrationResponseKey: %s is not a regular expression: %s", noun.IntegrationResponseKey, fault.Plain(err))
		}
	}
	if err := checkExpression("TemplateSelectionExpression", noun.TemplateSelectionExpression, allVariables); err != nil {
		return err
	}
	return checkResponseParameters(noun.ResponseParameters)
}
