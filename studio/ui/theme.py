"""The theme: colours as CSS variables, light and dark, shared by curves and pages."""

import gradio as gr

FONT = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "sans-serif",
)
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "Noto Sans CJK SC", "monospace")

SAME_IN_BOTH = {
    "body_background_fill": "var(--paper)",
    "body_text_color": "var(--ink)",
    "body_text_color_subdued": "var(--quiet)",
    "background_fill_primary": "var(--paper)",
    "background_fill_secondary": "var(--paper)",
    "block_background_fill": "transparent",
    "block_border_width": "0px",
    "block_border_color": "transparent",
    "block_label_text_color": "var(--quiet)",
    "block_title_text_color": "var(--quiet)",
    "block_info_text_color": "var(--quiet)",
    "block_shadow": "none",
    "border_color_primary": "var(--rule)",
    "border_color_accent": "var(--ink)",
    "color_accent": "var(--ink)",
    "color_accent_soft": "var(--wash)",
    "panel_background_fill": "transparent",
    "panel_border_width": "0px",
    "input_background_fill": "var(--paper)",
    "input_background_fill_focus": "var(--paper)",
    "input_border_color": "var(--edge)",
    "input_border_color_focus": "var(--ink)",
    "input_shadow": "none",
    "input_shadow_focus": "none",
    "button_secondary_background_fill": "transparent",
    "button_secondary_background_fill_hover": "var(--wash)",
    "button_secondary_border_color": "var(--edge)",
    "button_secondary_text_color": "var(--ink)",
    "button_secondary_text_color_hover": "var(--ink)",
    "checkbox_background_color": "var(--paper)",
    "checkbox_background_color_selected": "var(--ink)",
    "checkbox_border_color": "var(--edge)",
    "checkbox_border_color_selected": "var(--ink)",
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_background_fill_selected": "transparent",
    "checkbox_label_background_fill_hover": "var(--wash)",
    "checkbox_label_border_color": "var(--edge)",
    "checkbox_label_text_color_selected": "var(--ink)",
    "link_text_color": "var(--ink)",
    "link_text_color_hover": "var(--ink)",
    "link_text_color_visited": "var(--ink)",
    "slider_color": "var(--ink)",
    "shadow_drop": "none",
    "shadow_drop_lg": "none",
    "stat_background_fill": "var(--ink)",
    "error_background_fill": "var(--paper)",
    "error_text_color": "var(--generator)",
    "error_border_color": "var(--generator)",
}
PLAIN = {
    "block_label_background_fill": "transparent",
    "block_title_text_weight": "400",
    "block_padding": "0px",
    "button_border_width": "1px",
    "input_border_width": "1px",
    "button_primary_shadow": "none",
    "button_secondary_shadow": "none",
    "button_transition": "none",
    "checkbox_label_shadow": "none",
    "checkbox_shadow": "none",
    "layout_gap": "20px",
}


class Paper(gr.themes.Base):
    """A monochrome theme; vermilion and indigo are reserved for the generator and the discriminator."""

    def __init__(self) -> None:
        hue, none = gr.themes.colors.stone, gr.themes.sizes.radius_none
        super().__init__(
            primary_hue=hue, secondary_hue=hue, neutral_hue=hue, radius_size=none,
            text_size=gr.themes.sizes.text_lg, font=FONT, font_mono=MONO,
        )  # fmt: skip
        dark = {f"{name}_dark": value for name, value in SAME_IN_BOTH.items()}
        known = {name: value for name, value in (SAME_IN_BOTH | dark | PLAIN).items() if hasattr(self, name)}
        self.set(**known)
