// Package text has texts that need not be valid UTF-8, as arguments and names of
// files need not, and that are to be JSON even so.
package text

import (
	"encoding/json"
	"unicode/utf8"
)

// Text is a text that need not be valid UTF-8: JSON then has an object with
// its bytes.
type Text string

type rawText struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON gives a string, or an object with base64.
func (t Text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return json.Marshal(rawText{[]byte(t)})
}

// UnmarshalJSON takes what MarshalJSON gives.
func (t *Text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var raw rawText
		err := json.Unmarshal(b, &raw)
		*t = Text(raw.Base64)
		return err
	}
	return json.Unmarshal(b, (*string)(t))
}

// Words are texts, in JSON each as a [Text].
type Words []string

// MarshalJSON gives an array.
func (w Words) MarshalJSON() ([]byte, error) {
	all := make([]Text, len(w))
	for i, s := range w {
		all[i] = Text(s)
	}
	return json.Marshal(all)
}

// UnmarshalJSON takes what MarshalJSON gives.
func (w *Words) UnmarshalJSON(b []byte) error {
	var all []Text
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	*w = nil
	for _, t := range all {
		*w = append(*w, string(t))
	}
	return nil
}
