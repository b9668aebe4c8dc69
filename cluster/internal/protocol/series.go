package protocol

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
)

// BySeries has something of each series. Its JSON is as {"thumb":{"1":50}}: a
// type, a submitter, and that.
type BySeries[V any] map[Series]V

// MarshalJSON writes it, sorted.
func (m BySeries[V]) MarshalJSON() ([]byte, error) {
	nested := map[string]map[int]V{}
	for s, v := range m {
		if nested[s.Type] == nil {
			nested[s.Type] = map[int]V{}
		}
		nested[s.Type][s.Submitter] = v
	}
	return json.Marshal(nested)
}

// UnmarshalJSON reads what MarshalJSON has written.
func (m *BySeries[V]) UnmarshalJSON(data []byte) error {
	var nested map[string]map[int]V
	if err := json.Unmarshal(data, &nested); err != nil || nested == nil {
		return err
	}
	*m = BySeries[V]{}
	for typ, of := range nested {
		for submitter, v := range of {
			(*m)[Series{typ, submitter}] = v
		}
	}
	return nil
}

// inOrder are the series of a map, by type and submitter.
func inOrder[V any](m map[Series]V) []Series {
	return slices.SortedFunc(maps.Keys(m), func(a, b Series) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Submitter, b.Submitter))
	})
}
