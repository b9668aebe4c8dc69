package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
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
		var err error
		if values[i], err = asText(raw); err != nil {
			return values, fmt.Errorf("the field %s %w", name, err)
		}
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

// asText gives a string as it is, and else the JSON. A string that no UTF-8 can
// be would come out as another one.
func asText(raw json.RawMessage) (string, error) {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return string(raw), nil
	}
	switch {
	case !utf8.Valid(raw):
		return "", errors.New("is not valid UTF-8")
	case strings.Count(s, "\ufffd") != strings.Count(string(raw), "\ufffd")+escapedReplacements(raw):
		return "", errors.New(`has half of a pair of surrogates, \ud800 to \udfff, which is no character`)
	}
	return s, nil
}

// escapedReplacements counts the characters U+FFFD that are written as escapes.
func escapedReplacements(raw []byte) (n int) {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if i++; i+4 < len(raw) && raw[i] == 'u' && strings.EqualFold(string(raw[i+1:i+5]), "fffd") {
			n++
		}
	}
	return n
}
