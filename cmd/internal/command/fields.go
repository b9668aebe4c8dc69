package command

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// fieldsOf gives the values of fields of a JSON object: a string as it is, any
// other value as the JSON text that it is. The name a.b is the field of that
// name or, if there is none, the field b of the object a; where a is a list, a
// number is the place in it, from 0. The error says which is missing; then its
// value is empty.
func fieldsOf(object string, names []string) ([]string, error) {
	values := make([]string, len(names))
	for i, name := range names {
		raw, ok := find(json.RawMessage(object), name)
		if !ok {
			return values, fmt.Errorf("the input has no field %s", name)
		}
		values[i] = asText(raw)
	}
	return values, nil
}

// find looks for the longest name first.
func find(in json.RawMessage, name string) (json.RawMessage, bool) {
	members := map[string]json.RawMessage{}
	if json.Unmarshal(in, &members) != nil {
		return element(in, name)
	}
	for n := len(name); n > 0; n = strings.LastIndexByte(name[:n], '.') {
		raw, ok := members[name[:n]]
		if ok && n < len(name) {
			raw, ok = find(raw, name[n+1:])
		}
		if ok {
			return raw, true
		}
	}
	return nil, false
}

// element looks in a list.
func element(in json.RawMessage, name string) (json.RawMessage, bool) {
	var list []json.RawMessage
	place, rest, deeper := strings.Cut(name, ".")
	i, err := strconv.Atoi(place)
	if err != nil || json.Unmarshal(in, &list) != nil || i < 0 || i >= len(list) {
		return nil, false
	}
	if deeper {
		return find(list[i], rest)
	}
	return list[i], true
}

func asText(raw json.RawMessage) string {
	var s string
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
