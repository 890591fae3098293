package parquet

import "time"

// meaning is what a schema says that values stand for, as far as it changes how they are written.
type meaning struct {
	list     bool // or a map: a group whose only child is repeated
	unsigned bool
	decimal  bool
	unit     time.Duration // of instants since 1970
}

// convertedMeaning is that of the annotations of files before 2019.
func convertedMeaning(converted int64) meaning {
	switch converted {
	case 1, 2, 3: // MAP, MAP_KEY_VALUE, LIST
		return meaning{list: true}
	case 5: // DECIMAL
		return meaning{decimal: true}
	case 9: // TIMESTAMP_MILLIS
		return meaning{unit: time.Millisecond}
	case 10: // TIMESTAMP_MICROS
		return meaning{unit: time.Microsecond}
	case 11, 12, 13, 14: // UINT_8 to UINT_64
		return meaning{unsigned: true}
	}
	return meaning{}
}

// logical reads a LogicalType, a union.
func (w *wire) logical() (m meaning) {
	w.structure(func(id int64, kind byte) bool {
		if kind != typeStruct {
			return false
		}
		switch id {
		case 2, 3: // MAP, LIST
			m.list = true
		case 5: // DECIMAL
			m.decimal = true
		case 8: // TIMESTAMP
			m.unit = w.timestamp()
			return true
		case 10: // INTEGER
			w.structure(func(id int64, kind byte) bool {
				m.unsigned = m.unsigned || id == 2 && kind == typeFalse
				return false
			})
			return true
		}
		return false
	})
	return m
}

// timestamp reads the unit of instants.
func (w *wire) timestamp() (unit time.Duration) {
	w.structure(func(id int64, kind byte) bool {
		if id != 2 || kind != typeStruct {
			return false
		}
		w.structure(func(id int64, kind byte) bool {
			unit = map[int64]time.Duration{1: time.Millisecond, 2: time.Microsecond, 3: time.Nanosecond}[id]
			return false
		})
		return true
	})
	return unit
}
