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

// AutoDeployDescription is what AWS writes on a deployment that nobody asked for.
const AutoDeployDescription = "Automatic deployment triggered by changes to the Api configuration"

// Validate holds a deployment to its lengths.
func (d *Deployment) Validate() error { return length("Description", d.Description, 0, 1024) }
