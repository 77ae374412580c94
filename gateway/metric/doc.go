// Package metric counts what the planes serve, under the names and dimensions
// that API Gateway gives its metrics, and answers Prometheus.
//
// A metric has the labels ApiId and Stage, and Route where a stage asks for
// detailed metrics of the route; elsewhere Route is empty, which to Prometheus is
// no label at all. CloudWatch keeps sums beside what is detailed; here they are a
// sum over the labels.
//
// It promises that counting costs a few atomic additions: the counters of a stage
// are found once for each deployment, not for each request. Label values come
// from the configuration alone, never from what clients send, and their number is
// bounded. It refuses to push: whoever wants the numbers reads them.
package metric
