#include "encoder/graphemes.h"

#include <unicode/uchar.h>

#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

int32_t BreakProperty(char32_t c) {
  return u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_GRAPHEME_CLUSTER_BREAK);
}

bool IsPictograph(char32_t c) {
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_EXTENDED_PICTOGRAPHIC) != 0;
}

bool IsBreaking(int32_t property) {
  return property == U_GCB_CONTROL || property == U_GCB_CR || property == U_GCB_LF;
}

bool HangulJoins(int32_t before, int32_t after) {
  if (before == U_GCB_L)
    return after == U_GCB_L || after == U_GCB_V || after == U_GCB_LV || after == U_GCB_LVT;
  if (before == U_GCB_LV || before == U_GCB_V) return after == U_GCB_V || after == U_GCB_T;
  return (before == U_GCB_LVT || before == U_GCB_T) && after == U_GCB_T;
}

// What has been seen of a cluster.
class Cluster {
 public:
  explicit Cluster(char32_t first) { Add(first, BreakProperty(first)); }

  bool Takes(char32_t next, int32_t property) const {
    if (last_ == U_GCB_CR) return property == U_GCB_LF;
    if (IsBreaking(last_) || IsBreaking(property)) return false;
    if (property == U_GCB_EXTEND || property == U_GCB_ZWJ || property == U_GCB_SPACING_MARK) return true;
    if (last_ == U_GCB_PREPEND || HangulJoins(last_, property)) return true;
    if (joined_pictograph_ && IsPictograph(next)) return true;
    return property == U_GCB_REGIONAL_INDICATOR && regional_indicators_ % 2 == 1;
  }

  void Add(char32_t character, int32_t property) {
    joined_pictograph_ = property == U_GCB_ZWJ && pictograph_;
    if (property != U_GCB_EXTEND && property != U_GCB_ZWJ) pictograph_ = IsPictograph(character);
    regional_indicators_ = property == U_GCB_REGIONAL_INDICATOR ? regional_indicators_ + 1 : 0;
    last_ = property;
  }

 private:
  int32_t last_ = 0;
  bool pictograph_ = false;         // a pictograph, then only Extend and ZWJ
  bool joined_pictograph_ = false;  // and the last is a ZWJ
  int regional_indicators_ = 0;     // in a row
};

}  // namespace

size_t GraphemeEnd(std::string_view text, size_t at) {
  size_t end = at + Utf8Length(text[at]);
  const auto ascii = [text](size_t i) { return static_cast<unsigned char>(text[i]) < 0x80; };
  if (end == text.size() || (ascii(at) && text[at] != '\r' && ascii(end))) return end;
  Cluster cluster(DecodeAt(text, at));
  while (end < text.size()) {
    const char32_t next = DecodeAt(text, end);
    const int32_t property = BreakProperty(next);
    if (!cluster.Takes(next, property)) break;
    cluster.Add(next, property);
    end += Utf8Length(text[end]);
  }
  return end;
}

}  // namespace voisin::encoder
