package cluster

import (
	"bytes"
	"encoding/json"
)

// Codec writes arguments and results as bytes. All programs that have to do
// with a type must use the same. Its methods are called by several goroutines
// at the same time.
type Codec interface {
	Name() string // crosses the wire; as a type's name
	Marshal(v any) ([]byte, error)
	Unmarshal(b []byte, v any) error
}

// JSON is the codec of package encoding/json.
var JSON Codec = jsonCodec{}

type jsonCodec struct{}

func (jsonCodec) Name() string                    { return "json" }
func (jsonCodec) Marshal(v any) ([]byte, error)   { return json.Marshal(v) }
func (jsonCodec) Unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }

// toWire makes a line of what a codec has written: JSON as it is, so that
// people can read it, all else as a string.
func toWire(codec string, b []byte) ([]byte, error) {
	if codec != JSON.Name() {
		return json.Marshal(b)
	}
	if bytes.IndexByte(b, '\n') < 0 {
		return b, nil
	}
	var line bytes.Buffer
	err := json.Compact(&line, b)
	return line.Bytes(), err
}

func fromWire(codec string, raw []byte) (b []byte, err error) {
	if codec == JSON.Name() {
		return raw, nil
	}
	err = json.Unmarshal(raw, &b)
	return b, err
}
