#pragma once

#include <string>

#include "clients/cli/import_source.h"
#include "clients/cli/json_value.h"
#include "voisin/v1/document.pb.h"

// Between the wire's messages and the command line's own values.
namespace voisin::cli {

google::protobuf::Struct ToStruct(const JsonObject& object);
Json FromValue(const google::protobuf::Value& value);
Json FromStruct(const google::protobuf::Struct& message);

v1::Document ToMessage(ImportDocument document);
// {"id","text","metadata","vector","expire_time"}, absent ones left out: a line that `voisin import` reads.
std::string ToJsonText(const v1::Document& document);

// A metadata value in a table's cell: text without quotes, the rest as JSON; empty when absent.
std::string CellOf(const google::protobuf::Value& value);
std::string CellOf(const v1::Document& document, const std::string& key);
// The text up to its first line break.
std::string FirstLine(const std::string& text);

}  // namespace voisin::cli
