"""Transitions between slides, as XML of PresentationML.

Morph came with PowerPoint 2019: [MS-PPTX] 2.2.8.1, the element morph. Programs that do not know it take the fallback, a fade,
as ISO/IEC 29500-3 says of AlternateContent.
"""

__all__ = ["MATCHED", "add_morph"]

#: What a name begins with whose shape is to become the shape of that name on the next slide, whatever else is there.
MATCHED = "!!"
#: How long a shape moves, in milliseconds.
DURATION = 700

MORPH = (
    '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">'
    '<mc:Choice xmlns:p159="http://schemas.microsoft.com/office/powerpoint/2015/09/main" Requires="p159">'
    '<p:transition xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main" '
    f'spd="med" p14:dur="{DURATION}"><p159:morph option="byObject"/></p:transition></mc:Choice>'
    '<mc:Fallback><p:transition spd="med"><p:fade/></p:transition></mc:Fallback></mc:AlternateContent>'
)


def add_morph(slide):
    """Let the shapes of the slide before move to their places on this one; elsewhere the slide fades in.

    A transition follows the colour mapping, before timings and extensions.
    """
    from pptx.oxml import parse_xml

    element = slide._element
    before = element.find(f"{{{element.nsmap['p']}}}clrMapOvr")
    (element.cSld if before is None else before).addnext(parse_xml(MORPH))
