package resource

import "math"

// UsagePlan says which stages the keys of the plan may use, how fast and how much.
type UsagePlan struct {
	ApiStages   []ApiStage        `json:"apiStages"`
	Description string            `json:"description,omitempty"`
	Id          string            `json:"id,omitempty"`
	Name        string            `json:"name,omitempty"`
	ProductCode string            `json:"productCode,omitempty"`
	Quota       *QuotaSettings    `json:"quota,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
	Throttle    *ThrottleSettings `json:"throttle,omitempty"`
}

// ApiStage is a stage that a plan opens, with throttles by "{path}/{method}" or route key.
type ApiStage struct {
	ApiId    string                      `json:"apiId,omitempty"`
	Stage    string                      `json:"stage,omitempty"`
	Throttle map[string]ThrottleSettings `json:"throttle,omitempty"`
}

// QuotaSettings allow Limit requests per Period (DAY, WEEK or MONTH); Offset is
// taken off the first period.
// Documented: API Gateway API Reference, QuotaSettings.
type QuotaSettings struct {
	Limit  int32  `json:"limit"`
	Offset int32  `json:"offset"`
	Period string `json:"period,omitempty"`
}

// ThrottleSettings are requests per second and the size of the token bucket,
// which is how many may come at once.
// Documented: API Gateway API Reference, ThrottleSettings.
type ThrottleSettings struct {
	BurstLimit int32   `json:"burstLimit"`
	RateLimit  float64 `json:"rateLimit"`
}

// UsagePlanKey is a key that belongs to a plan.
type UsagePlanKey struct {
	Id    string `json:"id,omitempty"`
	Name  string `json:"name,omitempty"`
	Type  string `json:"type,omitempty"`
	Value string `json:"value,omitempty"`
}

// Fill sets what AWS sets where a caller set nothing.
func (p *UsagePlan) Fill() {
	if p.ApiStages == nil {
		p.ApiStages = []ApiStage{}
	}
}

// Validate holds a plan to what its numbers may be.
func (p *UsagePlan) Validate() error {
	if p.Name == "" {
		return bad("Usage Plan name cannot be blank")
	}
	if err := first(length("name", p.Name, 1, 255), p.Throttle.validate(), p.Quota.validate(), ValidateTags(p.Tags)); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, s := range p.ApiStages {
		name := s.ApiId + ":" + s.Stage
		if seen[name] {
			return bad("Invalid API stages: %s appears twice", name)
		}
		seen[name] = true
		for _, key := range sortedKeys(s.Throttle) {
			throttle := s.Throttle[key]
			if err := throttle.validate(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *ThrottleSettings) validate() error {
	if t != nil && (t.BurstLimit < 0 || t.RateLimit < 0 || math.IsNaN(t.RateLimit) || math.IsInf(t.RateLimit, 0)) {
		return bad("Invalid throttle settings: the rate and burst limits must not be negative")
	}
	return nil
}

func (q *QuotaSettings) validate() error {
	switch {
	case q == nil:
		return nil
	case q.Limit < 0 || q.Offset < 0 || q.Offset > q.Limit:
		return bad("Invalid quota settings: the offset must be between 0 and the limit")
	case q.Period == "":
		return bad("Usage Plan quota period must be specified")
	case q.Period == "DAY" && q.Offset != 0:
		return bad("Usage Plan quota offset must be zero in the DAY period")
	case q.Period == "WEEK" && q.Offset > 6:
		return bad("Usage Plan quota offset must be between zero and six inclusive in the WEEK period")
	case q.Period == "MONTH" && q.Offset > 27:
		return bad("Usage Plan quota offset must be between zero and 27 inclusive in the MONTH period")
	}
	return oneOf("quota.period", q.Period, "DAY", "WEEK", "MONTH")
}
