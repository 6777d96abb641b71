package metrics

import (
	"bytes"
	"unicode/utf8"
)

// Other is the label value that takes what is over a limit: tenants over
// label_limit, and unlisted codes over 100 of one source and drm.
const Other = "other"

// maxTenantBytes bounds a label value that comes from a log.
const maxTenantBytes = 128

// Tenants have small numbers, so that a cell's key needs no string.
const (
	noTenant    int32 = iota // unknown, or not asked for
	otherTenant              // over the limit
)

// tenants numbers the values of the label "tenant", and bounds how many there
// are. Their text comes from logs.
type tenants struct {
	limit int
	ids   map[string]int32
	names []string // by id
}

func newTenants(limit int) tenants {
	return tenants{limit: limit, ids: map[string]int32{Other: otherTenant}, names: []string{"", Other}}
}

// id returns the number of a tenant; fits is false where it is over a limit and
// counts as other. A known tenant costs no allocation.
func (t *tenants) id(name []byte) (id int32, fits bool) {
	if len(name) == 0 {
		return noTenant, true
	}
	if id, ok := t.ids[string(name)]; ok {
		return id, true
	}
	if len(name) > maxTenantBytes {
		return otherTenant, false
	}
	if !utf8.Valid(name) { // a label value must be UTF-8
		return t.id(bytes.ToValidUTF8(name, []byte(string(utf8.RuneError))))
	}
	if len(t.names)-2 >= t.limit {
		return otherTenant, false
	}
	id = int32(len(t.names))
	t.names = append(t.names, string(name))
	t.ids[t.names[id]] = id
	return id, true
}
