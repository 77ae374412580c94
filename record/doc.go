// Package record is what remains of one exchange with the gateway: the steps that it
// passed, in the order in which they happened, each with its time, its outcome, why,
// and what was decided by. It also keeps the last of them, finds some among them and
// shows them to those who look on.
//
// As JSON a record is
//
//	{"id","time","kind","api","apiName","stage","route","connection","status","duration","summary","steps":[
//	  {"name","at","took","outcome","why","data"}]}
//
// time is RFC 3339 in UTC with milliseconds; duration, at (from the record's beginning)
// and took are milliseconds as numbers. What a record does not have is "" or 0, never
// absent. The data of a step is an object with members by the step's name:
//
//	receive      method, path, query, headers, client · body · closedBy, code, reason
//	host         host, path, by, api, stage, domain, mapping, rule
//	cors         origin, allowed, method, headers, answered
//	throttle     bucket, rate, burst, left
//	key          id, source, plan, used, quota, period, until, rate, burst
//	authorize    type, authorizer, cached, sources:[{source,found}], principal, checks:[{name,wants,has,ok,why}], statement, logs:[…], context
//	route        expression, value, candidates:[…], route · method, path, candidates:[…], route, variables
//	parameters   parameters:[{from,to,value}] · missing
//	model        model, expression, key, path, error
//	request      template, key, selection, text, rendered, references:[{text,line,column,value|unresolved:true}], content, passthrough
//	integration  type, method, address | function, headers, body
//	backend      status, headers, body, functionError, stack, logs:[…]
//	select       value, keys:[{key,outcome}], key
//	response     as request; key is the integration response's, parameters:[{from,to,value}]
//	frame        status, headers, body · replied
//	log          line
//
// The outcome of a key of select is match, no match, broken or not tried. A mapping or a
// reference that led nowhere has unresolved in the place of its value.
//
// A body stands in data as three members: "body", at most 4,096 bytes of it, "bytes", its
// whole length, and "base64": true where what was kept is no UTF-8. Of a compressed body (gzip,
// deflate) it is the text, with "encoding"; of one in another Content-Encoding nothing is kept. Other texts are cut at
// the same length. The value of a header that came in several lines is an array of them.
//
// Records are made for each exchange, and most are never looked at. So a Draft writes what it is
// told into a script, bytes one after the other; a Ring keeps scripts as they are, in a few
// large slabs; and steps, sentences, JSON, and what secrets there are, are made of them when
// somebody looks. What is secret stands in a script until Settle has taken it out or the record
// has left, and is overwritten then. No face shows a script: each record is first made Fit.
// Of an exchange with more secrets than a record can look for nothing is shown but which steps
// there were, when, and what came of them.
//
// It promises that a ring never holds more records or bytes than it was given, the
// oldest leaving first; that following costs whoever records at most one full queue, so
// that a slow follower loses records and is told how many of those that it may see; and that a
// record is never changed once it is kept.
//
// It refuses to know gateways: no plane, no stage, no exchange is named here, so that
// the management plane may show records.
package record
