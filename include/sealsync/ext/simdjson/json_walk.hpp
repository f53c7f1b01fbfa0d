#ifndef SEALSYNC_EXT_SIMDJSON_JSON_WALK_HPP
#define SEALSYNC_EXT_SIMDJSON_JSON_WALK_HPP

#include "../../manifest/text_forms.hpp"
#include "../../manifest/validate.hpp"

#include <simdjson.h>

namespace sealsync::inline SEALSYNC_ABI::detail {

/// A walk over any JSON by simdjson's ondemand, made strict: ondemand judges only what is visited, so everything is
/// visited, fields that nobody knows too, and their keys may not repeat. It remembers the first fault, where and why.
class json_walk {
public:
    using value = simdjson::ondemand::value;

    /// A field that `Self` knows, and how it is read into a `T`. An empty name is `Self::renamed()`.
    template <class Self, class T>
    struct known_field {
        std::string_view name;
        void (*read)(Self&, value, T&);
    };

    /// ondemand reads up to `SIMDJSON_PADDING` bytes past the end, hence the copy.
    json_walk(bytes_view in, std::size_t depth_max)
        : size_{in.size()},
          depth_max_{(std::min)(depth_max, depth_limit)},
          padded_(size_ + simdjson::SIMDJSON_PADDING) {
        std::copy(in.begin(), in.end(), padded_.begin());
        const auto error = parser_.iterate(base(), size_, padded_.size()).get(document_);
        started_ = !error;
        check(error);
    }
    json_walk(const json_walk&) = delete;
    json_walk& operator=(const json_walk&) = delete;

    [[nodiscard]] bool ok() const noexcept { return !fault_; }

    /// Calls `each(name, value)` for the fields of the whole text, until it returns false. May be called again after.
    template <class Each>
    void peek_root(Each each) {
        simdjson::ondemand::object root;
        if (check(document_.get_object().get(root))) each_field(root, each);
        if (ok()) document_.rewind();
    }

    /// Reads the whole text as an object of known fields. Nothing may follow it.
    template <class Self, class T>
    std::uint32_t read_root(Self& self, std::span<const known_field<Self, T>> known, T& out) {
        simdjson::ondemand::object root;
        if (!check(document_.get_object().get(root))) return 0;
        const auto present = read_object(self, root, known, out);
        if (ok() && document_.current_location().error() != simdjson::OUT_OF_BOUNDS)
            fail(here(), errc::malformed, "more follows the end");
        return present;
    }

    /// Returns which of the known fields were there, as bits.
    template <class Self, class T>
    std::uint32_t read_fields(Self& self, value from, std::span<const known_field<Self, T>> known, T& out) {
        simdjson::ondemand::object object;
        const auto at = place(from);
        if (!check(from.get_object().get(object), at)) return 0;
        return read_object(self, object, known, out);
    }

    /// An object whose keys are data. That none is repeated is left to the caller, who sorts them anyway.
    template <class Each>
    void read_map(value from, Each each) {
        simdjson::ondemand::object object;
        const auto at = place(from);
        if (!check(from.get_object().get(object), at)) return;
        ++depth_;
        each_field(object, each);
        --depth_;
    }

    template <class Each>
    void read_list(value from, Each each) {
        simdjson::ondemand::array array;
        const auto at = place(from);
        if (!check(from.get_array().get(array), at)) return;
        ++depth_;
        for (auto item : array) {
            value inner;
            if (!check(std::move(item).get(inner))) return;
            each(inner);
            if (!ok()) return;
        }
        --depth_;
    }

    /// Valid until the next `peek_root`; empty after a fault.
    [[nodiscard]] std::string_view text(value from) {
        std::string_view text;
        const auto at = place(from);
        if (!check(from.get_string().get(text), at)) return {};
        // Half of a surrogate pair, escaped, passes some versions of simdjson, but is no character.
        if (!is_utf8(text)) return fail(at, errc::malformed, "not UTF-8"), std::string_view{};
        return text;
    }

    void read(value from, std::uint64_t& out) {
        const auto parsed = parse_number(raw(from));
        if (!parsed) return fail(place(from), errc::malformed, "not an integer from 0 to 2^53 - 1");
        out = *parsed;
    }
    void read(value from, std::string& out) { out = text(from); }
    /// Everything else that is written as a string.
    template <class T>
    void read(value from, T& out) {
        const auto at = place(from);
        const auto form = text(from);
        if (!ok()) return;
        if (const char* why = read_form(form, out)) fail(at, errc::malformed, why);
    }

    /// The characters of a scalar without what follows it.
    [[nodiscard]] static std::string_view raw(value from) {
        auto text = from.raw_json_token();
        while (!text.empty() && std::string_view{" \t\n\r"}.find(text.back()) != std::string_view::npos) {
            text.remove_suffix(1);
        }
        return text;
    }
    /// Where a value begins, as an offset into the text.
    [[nodiscard]] std::size_t place(value from) const { return offset(from.raw_json_token().data()); }

    void fail(std::size_t at, errc code, std::string reason) {
        if (fault_) return;
        const auto where = "at byte " + std::to_string(at) + (field_.empty() ? "" : ", " + printable(field_));
        fault_.emplace(code, std::string{}, where + ": " + std::move(reason));
    }
    void require(std::size_t at, const result<void>& checked) {
        if (checked || fault_) return;
        field_ = {};
        fail(at, checked.error().code(), checked.error().detail());
    }

    [[nodiscard]] result<void> finish() && {
        if (fault_) return *std::move(fault_);
        return {};
    }

private:
    /// Bounds the recursion into unknown fields, whatever the limits say; simdjson's own bound is 1024.
    static constexpr std::size_t depth_limit = 512;

    template <class Each>
    void each_field(simdjson::ondemand::object& object, Each& each) {
        for (auto item : object) {
            simdjson::ondemand::field field;
            std::string_view name;
            if (!check(std::move(item).get(field)) || !check(field.unescaped_key().get(name))) return;
            if (!is_utf8(name)) return fail(here(), errc::malformed, "a key that is not UTF-8");
            if (!each(name, field.value()) || !ok()) return;
        }
    }

    template <class Self, class T>
    std::uint32_t read_object(Self& self, simdjson::ondemand::object& object,
                              std::span<const known_field<Self, T>> known, T& out) {
        std::uint32_t present = 0;
        std::vector<std::string_view> unknown;
        ++depth_;
        auto each = [&](std::string_view name, value inner) {
            const auto found = std::find_if(known.begin(), known.end(), [&](const auto& field) {
                return name == (field.name.empty() ? self.renamed() : field.name);
            });
            field_ = name;
            if (found == known.end()) {
                unknown.push_back(name);
                skip(inner);
                return true;
            }
            const auto bit = std::uint32_t{1} << static_cast<unsigned>(found - known.begin());
            if ((present & bit) != 0) return fail(place(inner), errc::malformed, "a key twice"), false;
            present |= bit;
            found->read(self, inner, out);
            return true;
        };
        each_field(object, each);
        --depth_;
        require_distinct(unknown);
        return present;
    }

    void skip(value from) {
        simdjson::ondemand::json_type type{};
        if (!check(from.type().get(type))) return;
        switch (type) {
        case simdjson::ondemand::json_type::object:
            if (!may_enter(from)) return;
            return skip_object(from);
        case simdjson::ondemand::json_type::array:
            if (!may_enter(from)) return;
            return read_list(from, [&](value inner) { skip(inner); });
        case simdjson::ondemand::json_type::string:
            return static_cast<void>(text(from));
        case simdjson::ondemand::json_type::number:
            if (!is_number(raw(from))) fail(place(from), errc::malformed, "not a number");
            return;
        case simdjson::ondemand::json_type::boolean:
            return static_cast<void>(check(from.get_bool().error(), place(from)));
        case simdjson::ondemand::json_type::null:
            if (raw(from) != "null") fail(place(from), errc::malformed, "not a value");
            return;
        }
    }
    void skip_object(value from) {
        std::vector<std::string_view> keys;
        read_map(from, [&](std::string_view name, value inner) {
            keys.push_back(name);
            skip(inner);
            return true;
        });
        require_distinct(keys);
    }
    [[nodiscard]] bool may_enter(value container) {
        if (depth_ < depth_max_) return true;
        fail(place(container), errc::too_large, "nested over " + std::to_string(depth_max_) + " deep");
        return false;
    }
    void require_distinct(std::vector<std::string_view>& keys) {
        if (!ok() || keys.size() < 2) return;
        std::sort(keys.begin(), keys.end());
        const auto twice = std::adjacent_find(keys.begin(), keys.end());
        if (twice == keys.end()) return;
        field_ = *twice;
        fail(here(), errc::malformed, "a key twice in the object that ends here");
    }

    /// By RFC 8259, of any size: simdjson refuses the numbers that it cannot represent, but nobody wants their value.
    [[nodiscard]] static bool is_number(std::string_view text) {
        const auto digits = [&] {
            const auto count = (std::min)(text.find_first_not_of("0123456789"), text.size());
            text.remove_prefix(count);
            return count;
        };
        const auto take = [&](std::string_view any_of) {
            const bool there = !text.empty() && any_of.find(text.front()) != std::string_view::npos;
            text.remove_prefix(there ? 1 : 0);
            return there;
        };
        take("-");
        const bool zero = text.substr(0, 1) == "0";
        const auto whole = digits();
        if (whole == 0 || (zero && whole > 1)) return false;
        if (take(".") && digits() == 0) return false;
        if (!take("eE")) return text.empty();
        take("+-");
        return digits() > 0 && text.empty();
    }

    bool check(simdjson::error_code error) { return error ? check(error, here()) : ok(); }
    bool check(simdjson::error_code error, std::size_t at) {
        if (!error) return ok();
        const bool beyond = error == simdjson::CAPACITY || error == simdjson::MEMALLOC;
        fail(at, beyond ? errc::too_large : errc::malformed, simdjson::error_message(error));
        return false;
    }
    [[nodiscard]] const std::uint8_t* base() const noexcept {
        return reinterpret_cast<const std::uint8_t*>(padded_.data());
    }
    [[nodiscard]] std::size_t offset(const char* at) const noexcept {
        const auto* const begin = reinterpret_cast<const char*>(padded_.data());
        return std::less{}(at, begin) ? 0 : (std::min)(static_cast<std::size_t>(at - begin), size_);
    }
    /// As near as simdjson knows.
    [[nodiscard]] std::size_t here() {
        const char* at = nullptr;
        if (!started_ || document_.current_location().get(at)) return started_ ? size_ : 0;
        return offset(at);
    }

    std::size_t size_, depth_max_, depth_ = 0;
    bytes padded_;
    simdjson::ondemand::parser parser_;
    simdjson::ondemand::document document_;
    bool started_ = false;
    std::string_view field_;
    std::optional<failure> fault_;
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
