package region

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
)

// The paths of a usage plan that a PATCH may replace.
//
// Documented: API Gateway V1 API Reference, Patch Operations (UsagePlan).
var planPaths = []string{"/description", "/name", "/productCode", "/throttle/rateLimit", "/throttle/burstLimit",
	"/quota/limit", "/quota/offset", "/quota/period", "/apiStages"}

// patchUsagePlan applies one change to a plan.
func patchUsagePlan(plan *resource.UsagePlan, op patchOperation) error {
	rest, ofStages := strings.CutPrefix(op.Path, "/apiStages")
	switch {
	case ofStages && rest == "":
		return patchStages(plan, op)
	case ofStages && strings.HasPrefix(rest, "/"):
		return patchStageThrottle(plan, op, rest[1:])
	case op.Op == "remove":
		return removeFromPlan(plan, op)
	}
	if err := op.replaces(planPaths...); err != nil {
		return err
	}
	return replaceInPlan(plan, op)
}

// replaceInPlan sets one member. A plan without a throttle or quota gets one: a caller has
// no other way to begin it than by its first member.
func replaceInPlan(plan *resource.UsagePlan, op patchOperation) (err error) {
	// The member that is not named yet is zero, which is judged when all operations are applied.
	if strings.HasPrefix(op.Path, "/throttle/") && plan.Throttle == nil {
		plan.Throttle = &resource.ThrottleSettings{}
	}
	if strings.HasPrefix(op.Path, "/quota/") && plan.Quota == nil {
		plan.Quota = &resource.QuotaSettings{}
	}
	switch op.Path {
	case "/name":
		plan.Name = op.Value
	case "/description":
		plan.Description = op.Value
	case "/productCode":
		plan.ProductCode = op.Value
	case "/throttle/rateLimit":
		plan.Throttle.RateLimit, err = op.number()
	case "/throttle/burstLimit":
		plan.Throttle.BurstLimit, err = op.integer()
	case "/quota/limit":
		plan.Quota.Limit, err = op.integer()
	case "/quota/offset":
		plan.Quota.Offset, err = op.integer()
	case "/quota/period":
		plan.Quota.Period = op.Value
	}
	return err
}

// removeFromPlan removes a throttle or quota whole: half of one limits nothing.
func removeFromPlan(plan *resource.UsagePlan, op patchOperation) error {
	switch op.Path {
	case "/throttle":
		plan.Throttle = nil
	case "/quota":
		plan.Quota = nil
	case "/description":
		plan.Description = ""
	case "/productCode":
		plan.ProductCode = ""
	default:
		return op.badPath("/apiStages", "/description", "/productCode", "/quota", "/throttle")
	}
	return nil
}

// splitStage reads "apiId:stage".
func splitStage(op patchOperation, text string) (apiId, stage string, err error) {
	apiId, stage, ok := strings.Cut(text, ":")
	if !ok || apiId == "" || stage == "" {
		return "", "", family.BadRequest("Invalid patch value '%s' specified for path '%s': must have the form apiId:stage", text, op.Path)
	}
	return apiId, stage, nil
}

// patchStages adds a stage to the plan or removes one.
func patchStages(plan *resource.UsagePlan, op patchOperation) error {
	apiId, stage, err := splitStage(op, op.Value)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(plan.ApiStages, func(s resource.ApiStage) bool { return s.ApiId == apiId && s.Stage == stage })
	switch {
	// To add what is there changes nothing, so that a call can be repeated.
	case op.Op == "add" && at >= 0:
		return nil
	case op.Op == "add":
		plan.ApiStages = append(plan.ApiStages, resource.ApiStage{ApiId: apiId, Stage: stage})
	case op.Op == "remove" && at >= 0:
		plan.ApiStages = slices.Delete(plan.ApiStages, at, at+1)
	case op.Op == "remove":
		return family.BadRequest("Invalid patch value '%s' specified for path '%s': the plan has no such stage", op.Value, op.Path)
	// "replace" would leave open which of the stages it replaces.
	default:
		return family.BadRequest("Invalid patch operation '%s' specified for path '%s'. Must be one of: [add, remove]", op.Op, op.Path)
	}
	return nil
}

// patchStageThrottle changes the throttle of one route or method of a stage:
// {api}:{stage}/throttle[/{key}[/rateLimit|burstLimit]].
func patchStageThrottle(plan *resource.UsagePlan, op patchOperation, path string) error {
	name, rest, _ := strings.Cut(path, "/")
	apiId, stage, err := splitStage(op, unescapePointer(name))
	if err != nil {
		return err
	}
	at := slices.IndexFunc(plan.ApiStages, func(s resource.ApiStage) bool { return s.ApiId == apiId && s.Stage == stage })
	tail, ok := strings.CutPrefix(rest, "throttle")
	if at < 0 || !ok {
		return op.badPath("/apiStages/{apiId:stage}/throttle/{key}/rateLimit", "/apiStages/{apiId:stage}/throttle/{key}/burstLimit")
	}
	s := &plan.ApiStages[at]
	tail = strings.TrimPrefix(tail, "/")
	// The key of a route has slashes of its own, so the member is cut from the end.
	key, member := tail, ""
	if i := strings.LastIndexByte(tail, '/'); i >= 0 && (tail[i+1:] == "rateLimit" || tail[i+1:] == "burstLimit") {
		key, member = tail[:i], tail[i+1:]
	}
	// Behind the cut: ~1 is a slash within the key (RFC 6901 section 4), which parts nothing.
	key = unescapePointer(key)
	switch {
	case op.Op == "remove" && tail == "":
		s.Throttle = nil
		return nil
	case op.Op == "remove" && member == "":
		// One that is not there is removed already: nothing is said of it.
		delete(s.Throttle, key)
		return nil
	case member == "" || op.Op != "replace" && op.Op != "add":
		return op.badPath("/apiStages/{apiId:stage}/throttle/{key}/rateLimit", "/apiStages/{apiId:stage}/throttle/{key}/burstLimit")
	}
	return throttleKey(s, op, key, member)
}

func throttleKey(s *resource.ApiStage, op patchOperation, key, member string) (err error) {
	// Documented: method throttling within a plan, {resourcePath}/{httpMethod} (API Gateway
	// V1 API Reference, ApiStage, throttle). The other member stays as it was.
	settings := s.Throttle[key]
	if member == "rateLimit" {
		settings.RateLimit, err = op.number()
	} else {
		settings.BurstLimit, err = op.integer()
	}
	if err != nil {
		return err
	}
	if s.Throttle == nil {
		s.Throttle = map[string]resource.ThrottleSettings{}
	}
	s.Throttle[key] = settings
	return nil
}
