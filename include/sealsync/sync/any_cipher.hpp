#ifndef SEALSYNC_SYNC_ANY_CIPHER_HPP
#define SEALSYNC_SYNC_ANY_CIPHER_HPP

#include "../cipher/cipher.hpp"
#include "../detail/owner.hpp"
#include "../detail/virtual_base.hpp"
#include "../result.hpp"

#include <utility>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// An incremental hash behind virtual calls: models `hasher`.
class any_hasher {
public:
    template <class Hasher>
    explicit any_hasher(std::in_place_t, Hasher hash) : model_{new model<Hasher>{std::move(hash)}} {}

    void update(bytes_view data) { model_->update(data); }
    [[nodiscard]] digest256 finish() { return model_->finish(); }

private:
    struct port : virtual_base {
        virtual void update(bytes_view data) = 0;
        virtual digest256 finish() = 0;
    };
    template <class Hasher>
    struct model final : port {
        explicit model(Hasher hash) : hash_{std::move(hash)} {}
        void update(bytes_view data) override { hash_.update(data); }
        digest256 finish() override { return hash_.finish(); }
        Hasher hash_;
    };
    owner<port> model_;
};

/// Seals the chunks of one stream, behind virtual calls: models `stream_sealer`.
class any_sealer {
public:
    template <class Sealer>
    explicit any_sealer(std::in_place_t, Sealer sealer) : model_{new model<Sealer>{std::move(sealer)}} {}

    [[nodiscard]] bytes_view header() const { return model_->header(); }
    [[nodiscard]] result<void> seal_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        return model_->seal_chunk(index, last, in, out);
    }

private:
    struct port : virtual_base {
        virtual bytes_view header() = 0;
        virtual result<void> seal_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) = 0;
    };
    template <class Sealer>
    struct model final : port {
        explicit model(Sealer sealer) : sealer_{std::move(sealer)} {}
        bytes_view header() override { return sealer_.header(); }
        result<void> seal_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) override {
            return sealer_.seal_chunk(index, last, in, out);
        }
        Sealer sealer_;
    };
    owner<port> model_;
};

/// Opens the chunks of one stream, behind a virtual call: models `stream_opener`.
class any_opener {
public:
    template <class Opener>
    explicit any_opener(std::in_place_t, Opener opener) : model_{new model<Opener>{std::move(opener)}} {}

    [[nodiscard]] result<void> open_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        return model_->open_chunk(index, last, in, out);
    }

private:
    struct port : virtual_base {
        virtual result<void> open_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) = 0;
    };
    template <class Opener>
    struct model final : port {
        explicit model(Opener opener) : opener_{std::move(opener)} {}
        result<void> open_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) override {
            return opener_.open_chunk(index, last, in, out);
        }
        Opener opener_;
    };
    owner<port> model_;
};

/// A cipher behind virtual calls, so that the sync is compiled once for all ciphers. Copies copy the cipher.
class any_cipher {
public:
    template <class Cipher>
    explicit any_cipher(std::in_place_t, Cipher of) : model_{new model<Cipher>{std::move(of)}} {}
    any_cipher(any_cipher&&) noexcept = default;
    any_cipher(const any_cipher& other) : model_{other.model_->copy()} {}
    any_cipher& operator=(any_cipher other) noexcept {
        model_ = std::move(other.model_);
        return *this;
    }
    ~any_cipher() = default;

    [[nodiscard]] bool sealing() const { return model_->sealing(); }
    [[nodiscard]] std::optional<vault_id> vault() const { return model_->vault(); }
    [[nodiscard]] result<void> seal(const sealing_context& context, bytes_view in, bytes& out) {
        return model_->seal(context, in, out);
    }
    [[nodiscard]] result<void> open(const sealing_context& context, bytes_view in, bytes& out) {
        return model_->open(context, in, out);
    }
    [[nodiscard]] stream_layout layout() const { return model_->layout(); }
    [[nodiscard]] result<any_sealer> start_seal(const sealing_context& context) { return model_->start_seal(context); }
    [[nodiscard]] result<any_opener> start_open(const sealing_context& context, bytes_view header) {
        return model_->start_open(context, header);
    }
    [[nodiscard]] digest256 digest(bytes_view in) const { return model_->digest(in); }
    [[nodiscard]] any_hasher start_digest() { return model_->start_digest(); }
    [[nodiscard]] std::string keyed_id(id_purpose purpose, std::string_view collection, bytes_view in) {
        return model_->keyed_id(purpose, collection, in);
    }
    [[nodiscard]] any_hasher start_keyed_id(id_purpose purpose, std::string_view collection) {
        return model_->start_keyed_id(purpose, collection);
    }
    [[nodiscard]] result<void> random(std::span<std::byte> out) { return model_->random(out); }

private:
    struct port : virtual_base {
        [[nodiscard]] virtual owner<port> copy() const = 0;
        [[nodiscard]] virtual bool sealing() const = 0;
        virtual std::optional<vault_id> vault() = 0;
        virtual result<void> seal(const sealing_context& context, bytes_view in, bytes& out) = 0;
        virtual result<void> open(const sealing_context& context, bytes_view in, bytes& out) = 0;
        virtual stream_layout layout() = 0;
        virtual result<any_sealer> start_seal(const sealing_context& context) = 0;
        virtual result<any_opener> start_open(const sealing_context& context, bytes_view header) = 0;
        virtual digest256 digest(bytes_view in) = 0;
        virtual any_hasher start_digest() = 0;
        virtual std::string keyed_id(id_purpose purpose, std::string_view collection, bytes_view in) = 0;
        virtual any_hasher start_keyed_id(id_purpose purpose, std::string_view collection) = 0;
        virtual result<void> random(std::span<std::byte> out) = 0;
    };

    template <class Any, class Stream>
    [[nodiscard]] static result<Any> as(result<Stream> begun) {
        if (!begun) return std::move(begun).error();
        return Any{std::in_place, *std::move(begun)};
    }

    template <class Cipher>
    struct model final : port {
        explicit model(Cipher of) : cipher_{std::move(of)} {}

        [[nodiscard]] owner<port> copy() const override { return owner<port>{new model{cipher_}}; }
        [[nodiscard]] bool sealing() const override { return Cipher::sealing; }
        std::optional<vault_id> vault() override { return cipher_.vault(); }
        result<void> seal(const sealing_context& context, bytes_view in, bytes& out) override {
            return cipher_.seal(context, in, out);
        }
        result<void> open(const sealing_context& context, bytes_view in, bytes& out) override {
            return cipher_.open(context, in, out);
        }
        stream_layout layout() override { return cipher_.layout(); }
        result<any_sealer> start_seal(const sealing_context& context) override {
            return as<any_sealer>(cipher_.start_seal(context));
        }
        result<any_opener> start_open(const sealing_context& context, bytes_view header) override {
            return as<any_opener>(cipher_.start_open(context, header));
        }
        digest256 digest(bytes_view in) override { return cipher_.digest(in); }
        any_hasher start_digest() override { return any_hasher{std::in_place, cipher_.start_digest()}; }
        std::string keyed_id(id_purpose purpose, std::string_view collection, bytes_view in) override {
            return cipher_.keyed_id(purpose, collection, in);
        }
        any_hasher start_keyed_id(id_purpose purpose, std::string_view collection) override {
            return any_hasher{std::in_place, cipher_.start_keyed_id(purpose, collection)};
        }
        result<void> random(std::span<std::byte> out) override { return cipher_.random(out); }

        Cipher cipher_;
    };

    owner<port> model_;
};

static_assert(hasher<any_hasher> && stream_sealer<any_sealer> && stream_opener<any_opener>);

}}} // namespace sealsync::detail

#endif
