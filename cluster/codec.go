package cluster

import "encoding/json"

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

// toWire puts what a codec has written into a message: JSON as it is, so that
// people can read it, all else as a string.
func toWire(codec string, b []byte) json.RawMessage {
	if codec == JSON.Name() {
		return b
	}
	quoted, _ := json.Marshal(b) // bytes always can
	return quoted
}

func fromWire(codec string, raw json.RawMessage) (b []byte, err error) {
	if codec == JSON.Name() {
		return raw, nil
	}
	err = json.Unmarshal(raw, &b)
	return b, err
}
