package wire

// maxImport is how many bytes the body of an import may have: a document of 6 MiB
// of which each byte is escaped, and what is around it. The document itself is
// measured by who reads it.
const maxImport = 6*(6<<20) + 64<<10

// ownRows are operations that AWS does not have. They are spoken on the same listener,
// below /_dragoman/, and no client that is made for AWS knows them.
func ownRows() []operationRow {
	document := []memberRow{
		{Name: "Basepath", In: InQuery, Shape: "String"},
		{Name: "Body", Shape: "String", Required: true},
		{Name: "FailOnWarnings", In: InQuery, Shape: "Boolean"},
		{Name: "Backend", In: InQuery, Shape: "String"},
		{Name: "Stage", In: InQuery, Shape: "String"},
		{Name: "DryRun", In: InQuery, Shape: "Boolean"},
	}
	return []operationRow{
		{Name: "ImportDocument", Method: "PUT", Path: "/_dragoman/apis", Status: 200, Input: document},
		{Name: "ReimportDocument", Method: "PUT", Path: "/_dragoman/apis/{apiId}", Status: 200,
			Input: append([]memberRow{{Name: "ApiId", In: InPath, Shape: "String", Required: true}}, document...)},
	}
}

// own adds those operations to the table: they are routed and found by name, and
// not listed among AWS's.
func (t *table) own() ([]*Operation, error) {
	var all []*Operation
	for _, row := range ownRows() {
		o, err := t.operation(row)
		if err != nil {
			return nil, err
		}
		t.byName[o.Name] = o
		all = append(all, o)
	}
	return all, nil
}

// imports says whether an operation takes a whole document in its body.
func (o *Operation) imports() bool {
	switch o.Name {
	case "ImportApi", "ReimportApi", "ImportDocument", "ReimportDocument":
		return true
	}
	return false
}
