// Colours of lines and areas: apart from each other for most kinds of colour blindness, on light and on dark.
export const blue = '#3d8bd4';
export const orange = '#e08a1e';
export const green = '#5ba352';
export const purple = '#8a6fc9';
export const teal = '#3aa3a3';
export const red = '#d0504a';
export const grey = '#8f8f8f';
export const yellow = '#c9a70c';
