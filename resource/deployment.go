package resource

// Deployment is a frozen copy of an API that stages can serve.
type Deployment struct {
	AutoDeployed            bool   `json:"autoDeployed"`
	CreatedDate             Time   `json:"createdDate,omitzero"`
	DeploymentId            string `json:"deploymentId,omitempty"`
	DeploymentStatus        string `json:"deploymentStatus,omitempty"`
	DeploymentStatusMessage string `json:"deploymentStatusMessage,omitempty"`
	Description             string `json:"description,omitempty"`
}
