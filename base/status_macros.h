#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function when `expr` (an absl::Status) is an error.
#define RETURN_IF_ERROR(expr)                                         \
  do {                                                                \
    if (absl::Status status_ = (expr); !status_.ok()) return status_; \
  } while (false)

// ASSIGN_OR_RETURN(auto value, Make()): declares or assigns `lhs` from a StatusOr, or returns its error.
#define ASSIGN_OR_RETURN(lhs, expr) VOISIN_ASSIGN_OR_RETURN_(VOISIN_CONCAT_(status_or_, __LINE__), lhs, expr)

// `lhs` may be a declaration, which takes no parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define VOISIN_ASSIGN_OR_RETURN_(holder, lhs, expr)    \
  auto holder = (expr);                                \
  if (!holder.ok()) return std::move(holder).status(); \
  lhs = *std::move(holder)
// NOLINTEND(bugprone-macro-parentheses)

#define VOISIN_CONCAT_(a, b) VOISIN_CONCAT_INNER_(a, b)
#define VOISIN_CONCAT_INNER_(a, b) a##b
