package portal

import (
	"maps"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Rows are the handlers of the operations on portals and their products, by name. url
// gives where a portal's published page is served; nil gives AWS's form.
func Rows(m *family.Plane, url func(portalId string) string) map[string]wire.Handler {
	rows := map[string]wire.Handler{}
	for _, kind := range []map[string]wire.Handler{
		Portals().Rows(m), Products().Rows(m), Pages().Rows(m), EndpointPages().Rows(m), Policies().Rows(m),
		{
			"PublishPortal":                 Portals().Silent(m, changing(publish)),
			"DisablePortal":                 Portals().Silent(m, changing(disable)),
			"PreviewPortal":                 Portals().Silent(m, changing(preview(url))),
			"PutPortalProductSharingPolicy": Policies().Silent(m, putPolicy),
		},
	} {
		maps.Copy(rows, kind)
	}
	return rows
}
