#include "encoder/subword_model.h"

#include <utility>

#include "encoder/bpe_model.h"
#include "encoder/unigram_model.h"
#include "encoder/word_piece_model.h"

namespace voisin::encoder {
namespace {

struct Maker {
  std::unique_ptr<SubwordModel> operator()(UnigramVocabulary vocabulary) const {
    return std::make_unique<UnigramModel>(std::move(vocabulary));
  }
  std::unique_ptr<SubwordModel> operator()(WordPieceVocabulary vocabulary) const {
    return std::make_unique<WordPieceModel>(std::move(vocabulary));
  }
  std::unique_ptr<SubwordModel> operator()(BpeVocabulary vocabulary) const {
    return std::make_unique<BpeModel>(std::move(vocabulary));
  }
};

}  // namespace

std::unique_ptr<SubwordModel> MakeSubwordModel(ModelVocabulary vocabulary) {
  return std::visit(Maker{}, std::move(vocabulary));
}

}  // namespace voisin::encoder
